/**
 * Plays a stream in virtual time as a card does: packets into the buffer as they arrive; 10 ms out of it when they are due, and up
 * to a packet ahead if the buffer has them.
 */
import { mayGoAhead, TICK_MS } from '../../../actors/playback/ahead.ts';
import type { JitterBuffer, JitterBufferStats, PullState } from '../../../actors/playback/jitter-buffer.ts';
import { TICK_SAMPLES } from '../../../actors/playback/jitter-buffer.ts';
import { FRAME_MS, RECOMMENDED_FRAME_SIZE, SAMPLES_PER_MS } from '../../protocol/format.ts';
import type { PacketArrival } from './arrivals.ts';
import type { EncodedSpeech } from './encoded-speech.ts';

export interface Playout {
  buffer: JitterBuffer;
  speech: EncodedSpeech;
  arrivals: readonly PacketArrival[];
  framesPerPacket: number;
  /** Number of the last packet, which carries FINAL. */
  lastPacket: number;
  driftPpm: number;
  onTick?: (tick: Tick) => void;
}

export interface Tick {
  atMs: number;
  state: PullState;
  /** 10 ms at most. */
  samples: Int16Array;
  /** From sending a sample until it is played; during concealment the content's clock continues. */
  delayMs: number;
  /** The same by the content really played. */
  trueDelayMs: number;
  stats: JitterBufferStats;
}

/** Gives up this long after the last arrival: a buffer that never ends is a fault. */
const LONGEST_TAIL_MS = 60_000;

/** @throws Error when the buffer breaks the content identity or does not end. */
export function play({ buffer, speech, arrivals, framesPerPacket, lastPacket, driftPpm, onTick }: Playout): void {
  const tick = new Int16Array(TICK_SAMPLES);
  const senderRate = 1 + driftPpm / 1e6;
  const firstMediaMs = Math.min(...arrivals.slice(0, 10).map(({ packet }) => packet)) * framesPerPacket * FRAME_MS;
  const startMs = arrivals[0]?.atMs ?? 0;
  const endMs = (arrivals[arrivals.length - 1]?.atMs ?? 0) + LONGEST_TAIL_MS;
  let playedMs = Number.NEGATIVE_INFINITY;
  let concealedMs = 0;
  let next = 0;
  let dueMs = startMs;

  /** The next 10 ms, or what there is of them. False once the stream is over. */
  function pull(nowMs: number): boolean {
    const atMs = dueMs;
    const count = buffer.pull(tick, atMs, nowMs);
    dueMs += count / SAMPLES_PER_MS;
    const { state } = buffer;
    if (state === 'priming') return true;
    const stats = buffer.stats();
    assertIdentity(stats);
    if (state === 'ended') return false;
    // As NetEQ reports it: the content's clock continues during concealment, and never goes back.
    const isMadeUp = stats.concealedMs > concealedMs;
    playedMs =
      isMadeUp && Number.isFinite(playedMs) ? playedMs + count / SAMPLES_PER_MS : Math.max(playedMs, stats.playedMs);
    concealedMs = stats.concealedMs;
    const delayOf = (mediaMs: number): number => dueMs - (firstMediaMs + mediaMs) * senderRate;
    const samples = tick.subarray(0, count);
    onTick?.({ atMs, state, samples, stats, delayMs: delayOf(playedMs), trueDelayMs: delayOf(stats.playedMs) });
    return true;
  }

  while (dueMs < endMs) {
    const arrival = arrivals[next];
    const nowMs = arrival && arrival.atMs <= dueMs ? arrival.atMs : dueMs;
    if (arrival && nowMs === arrival.atMs) {
      buffer.push(packetOf(arrival.packet, speech, framesPerPacket, lastPacket), arrival.atMs);
      next += 1;
    } else if (!pull(nowMs)) return;
    while (mayGoAhead(buffer, dueMs, nowMs, framesPerPacket * FRAME_MS + TICK_MS)) if (!pull(nowMs)) return;
  }
  throw new Error('the jitter buffer did not end after FINAL');
}

function packetOf(packet: number, speech: EncodedSpeech, framesPerPacket: number, lastPacket: number) {
  const first = packet * framesPerPacket;
  return {
    final: packet === lastPacket,
    discontinuity: false,
    pcm: false,
    turn: 1,
    sequence: first >>> 0,
    timestamp: (first * RECOMMENDED_FRAME_SIZE) >>> 0,
    frames: Array.from({ length: framesPerPacket }, (_, i) => speech.frame(first + i)),
  };
}

/** The content identity of jitter-buffer.ts. */
function assertIdentity(stats: JitterBufferStats): void {
  const { playedMs, outMs, concealedMs, lostMs, acceleratedMs, slowedMs, droppedMs } = stats;
  const accountedMs = outMs - concealedMs + lostMs + acceleratedMs - slowedMs + droppedMs;
  if (Math.abs(playedMs - accountedMs) < 1e-6) return;
  throw new Error(`the jitter buffer played ${playedMs} ms of content and accounts for ${accountedMs} ms`);
}

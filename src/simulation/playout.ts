/**
 * Plays a stream in virtual time: packets into the buffer as they arrive, 10 ms out of it at each tick of the card.
 */
import type { JitterBuffer, JitterBufferStats, PullState } from '../../actors/playback/jitter-buffer.ts';
import { TICK_MS, TICK_SAMPLES } from '../../actors/playback/jitter-buffer.ts';
import { FRAME_MS, RECOMMENDED_FRAME_SIZE } from '../protocol/format.ts';
import type { Arrival } from './arrivals.ts';
import type { EncodedSpeech } from './encoded-speech.ts';

export interface Playout {
  buffer: JitterBuffer;
  speech: EncodedSpeech;
  arrivals: readonly Arrival[];
  framesPerPacket: number;
  /** Number of the last packet, which carries FINAL. */
  lastPacket: number;
  driftPpm: number;
  onTick?: (tick: Tick) => void;
}

export interface Tick {
  atMs: number;
  state: PullState;
  samples: Int16Array;
  /** From sending a sample until it is played; while sound is made up, as if the content went on. */
  delayMs: number;
  /** The same by the content really played. */
  trueDelayMs: number;
  stats: JitterBufferStats;
}

/** Gives up this long after the last arrival: a buffer that never ends is a fault. */
const LONGEST_TAIL_MS = 60_000;

/** @throws Error when the buffer breaks the content identity or does not end. */
export function play({ buffer, speech, arrivals, framesPerPacket, lastPacket, driftPpm, onTick }: Playout): void {
  const samples = new Int16Array(TICK_SAMPLES);
  const senderRate = 1 + driftPpm / 1e6;
  const firstMediaMs = Math.min(...arrivals.slice(0, 10).map(({ packet }) => packet)) * framesPerPacket * FRAME_MS;
  const startMs = arrivals[0]?.atMs ?? 0;
  const endMs = (arrivals[arrivals.length - 1]?.atMs ?? 0) + LONGEST_TAIL_MS;
  let playedMs = Number.NEGATIVE_INFINITY;
  let concealedMs = 0;
  let next = 0;
  for (let atMs = startMs; atMs < endMs; atMs += TICK_MS) {
    for (let arrival = arrivals[next]; arrival && arrival.atMs <= atMs; arrival = arrivals[++next]) {
      buffer.push(packetOf(arrival.packet, speech, framesPerPacket, lastPacket), arrival.atMs);
    }
    const state = buffer.pull(samples, atMs);
    if (state === 'priming') continue;
    const stats = buffer.stats();
    assertIdentity(stats);
    if (state === 'ended') return;
    // As NetEQ reports it: the clock of the content goes on during concealment, and never back.
    const isMadeUp = stats.concealedMs > concealedMs;
    playedMs = isMadeUp && Number.isFinite(playedMs) ? playedMs + TICK_MS : Math.max(playedMs, stats.playedMs);
    concealedMs = stats.concealedMs;
    const delayOf = (mediaMs: number): number => atMs + TICK_MS - (firstMediaMs + mediaMs) * senderRate;
    onTick?.({ atMs, state, samples, stats, delayMs: delayOf(playedMs), trueDelayMs: delayOf(stats.playedMs) });
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

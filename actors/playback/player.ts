/**
 * The player: puts the packets of a reply into the jitter buffer as they arrive, and gives samples to the card on its
 * demand, or ahead of it when they are ready. The card's demand is the clock of playback; a reply is over when its last
 * sample was played.
 */

import type { ActorDefinition, ActorScope } from '../../src/core/actor/actor.ts';
import type { Channel } from '../../src/core/actor/channel.ts';
import type { DownlinkPacket } from '../../src/core/actor/data-plane.ts';
import { guardEach } from '../../src/core/actor/scope.ts';
import type { PlaybackSummary, PlayerContract } from '../../src/core/contracts/index.ts';
import { errorFields, errorInfo } from '../../src/core/errors.ts';
import { FRAME_MS, SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import { decodePacket } from '../../src/protocol/packet.ts';
import type { OpenSpeaker, Speaker } from '../sound/port.ts';
import { mayGoAhead } from './ahead.ts';
import { type FrameDecoder, type JitterBuffer, type PullState, TICK_SAMPLES } from './jitter-buffer.ts';
import { Pause } from './pause.ts';

const REOPEN_INTERVAL_MS = 1_000;
/** A pause ends by itself when only this much room is left in the jitter buffer, before anything is dropped. */
const PAUSE_RESERVE_MS = 300;

export interface PlayerOptions {
  openSpeaker: OpenSpeaker;
  /** Called once a turn; may throw an EarshotError. */
  createDecoder: () => FrameDecoder;
  createJitterBuffer: (decoder: FrameDecoder, minChunks: number) => JitterBuffer;
  downlink: Channel<DownlinkPacket>;
  /**
   * How far ahead of their time samples may be given to the card; by default a frame, because they cannot be removed on
   * an interruption.
   */
  aheadMs?: (packetMs: number) => number;
  /** Gets each block as the card gets it, for level meters. */
  onBlock?: (samples: Int16Array) => void;
}

export function definePlayer(options: PlayerOptions): ActorDefinition<PlayerContract> {
  return (scope) => {
    let reply: Reply | undefined;
    scope.receive(options.downlink, (packet) => {
      if (reply?.turn === packet.turn) reply.add(packet);
    });
    return {
      receive(event) {
        switch (event.type) {
          case 'player.open':
            reply?.close();
            try {
              reply = startReply(event.turn, event.minChunks, options, scope);
            } catch (error) {
              reply = undefined;
              scope.send({ type: 'player.failed', turn: event.turn, error: errorInfo(error) });
            }
            return;
          case 'player.pause':
            if (reply?.turn === event.turn) reply.pause();
            return;
          case 'player.resume':
            if (reply?.turn === event.turn) reply.resume();
            return;
          case 'player.abort': {
            if (reply?.turn !== event.turn) return;
            reply.close();
            const summary = reply.summary();
            reply = undefined;
            scope.send({ type: 'player.aborted', turn: event.turn, ...summary });
          }
        }
      },
      stop() {
        reply?.close();
        reply = undefined;
      },
    };
  };
}

interface Reply {
  turn: number;
  add(packet: DownlinkPacket): void;
  pause(): void;
  resume(): void;
  summary(): PlaybackSummary;
  close(): void;
}

function startReply(
  turn: number,
  minChunks: number,
  { openSpeaker, createDecoder, createJitterBuffer, aheadMs = () => FRAME_MS, onBlock }: PlayerOptions,
  scope: ActorScope<PlayerContract>,
): Reply {
  const { send, clock, log, run } = scope;
  const decoder = timed(createDecoder(), () => clock.now());
  const buffer = createJitterBuffer(decoder, minChunks);
  let speaker: Speaker | undefined;
  let reopenTimer: unknown;
  let over = false;
  let lost = false;
  let state: PullState = 'priming';
  let firstArrivedAtMs: number | undefined;
  let hasFinal = false;
  let draining = false;
  let overflowed = false;
  let silenceMs = 0;
  let delayMs = 0;
  let packetMs = FRAME_MS;
  const pausing = new Pause();
  let pausedAtMs = 0;
  /** After the end of the buffer: when its last sample was played. */
  let heardAtMs = Number.POSITIVE_INFINITY;

  run(open);

  async function open(): Promise<void> {
    try {
      const opened = await openSpeaker(guardEach({ onDemand, isReady, onUnderflow, onLost }, scope), scope);
      if (over) return opened.close();
      speaker = opened;
      if (lost) send({ type: 'player.recovered', turn, device: opened.device });
      lost = false;
    } catch (error) {
      if (over) return;
      if (lost) return reopenLater();
      fail(error);
    }
  }

  function fail(error: unknown): void {
    close();
    send({ type: 'player.failed', turn, error: errorInfo(error) });
  }

  function reopenLater(): void {
    reopenTimer = clock.setTimeout(() => run(open), REOPEN_INTERVAL_MS);
  }

  function onDemand(block: Int16Array, dueAtMs: number): number {
    const count = fill(block.length > TICK_SAMPLES ? block.subarray(0, TICK_SAMPLES) : block, dueAtMs);
    onBlock?.(block.subarray(0, count));
    return count;
  }

  /** Fills `out` as far as possible. Returns how many samples these are. */
  function fill(out: Int16Array, dueAtMs: number): number {
    const nowMs = clock.now();
    if (over || state === 'ended') {
      if (nowMs >= heardAtMs) finish();
      return out.length;
    }
    const room = pausing.room(out.length);
    if (room === 0) return out.fill(0).length;
    const samples = room < out.length ? out.subarray(0, room) : out;
    const count = buffer.pull(samples, dueAtMs, nowMs);
    pausing.fade(samples, count);
    if (buffer.state !== state) enter(buffer.state, dueAtMs);
    if (buffer.state === 'underrun') silenceMs += count / SAMPLES_PER_MS;
    return count;
  }

  function pause(): void {
    // After the end of the buffer all samples are in the card: there is nothing to hold back.
    if (over || pausing.isPaused || state === 'ended') return;
    pausing.begin();
    pausedAtMs = clock.now();
    send({ type: 'player.paused', turn, playedMs: buffer.stats().playedMs });
    resumeWhenFull();
  }

  function resume(): void {
    if (over || !pausing.isPaused) return;
    pausing.end();
    send({ type: 'player.continued', turn, pausedMs: clock.now() - pausedAtMs });
    speaker?.offer?.();
  }

  /** The gateway sends in real time while nothing is played: in the end the buffer would drop what it is to keep. */
  function resumeWhenFull(): void {
    if (pausing.isPaused && buffer.stats().bufferedMs > buffer.limitMs - PAUSE_RESERVE_MS) resume();
  }

  function isReady(dueAtMs: number): boolean {
    return !over && !pausing.isPaused && mayGoAhead(buffer, dueAtMs, clock.now(), aheadMs(packetMs));
  }

  function enter(next: PullState, dueAtMs: number): void {
    const last = state;
    state = next;
    if (last === 'priming' && next !== 'ended') {
      const atMs = Math.max(dueAtMs, firstArrivedAtMs ?? dueAtMs);
      const bufferedMs = atMs - (firstArrivedAtMs ?? atMs);
      const outputLatencyMs = speaker?.outputLatencyMs ?? 0;
      send({ type: 'player.started', turn, atMs, bufferedMs, decodeMs: decoder.meanMs(), outputLatencyMs });
      noteDraining();
    }
    if (next === 'underrun') {
      silenceMs = 0;
      send({ type: 'player.underrun', turn });
    } else if (last === 'underrun' && next === 'playing') {
      send({ type: 'player.resumed', turn, silenceMs });
    } else if (next === 'ended') {
      heardAtMs = dueAtMs + (last === 'priming' ? 0 : (speaker?.outputLatencyMs ?? 0));
      if (clock.now() >= heardAtMs) finish();
    }
  }

  function noteOverflow(): void {
    const { droppedFrames } = buffer;
    if (overflowed || droppedFrames === 0) return;
    overflowed = true;
    send({ type: 'player.overflow', turn, droppedFrames });
  }

  function noteDraining(): void {
    if (!hasFinal || draining || state === 'priming') return;
    draining = true;
    send({ type: 'player.draining', turn });
  }

  function finish(): void {
    if (over) return;
    close();
    send({ type: 'player.drained', turn, ...summary() });
  }

  function onUnderflow(): void {
    log.debug('the sound card ran out of samples', { turnNumber: turn });
  }

  function onLost(error: unknown): void {
    if (over) return;
    // Only a card can come back.
    if (errorInfo(error).code !== 'device_lost') return fail(error);
    const device = speaker?.device ?? '';
    speaker = undefined;
    lost = true;
    log.warn('speaker lost', { turnNumber: turn, audioDevice: device, ...errorFields(error) });
    send({ type: 'player.lost', turn, device });
    reopenLater();
  }

  function summary(): PlaybackSummary {
    const { frames, playedMs, outMs, underruns, concealedMs, lateFrames, droppedFrames } = buffer.stats();
    return { frames, playedMs, outMs, underruns, concealedMs, lateFrames, droppedFrames, delayMs };
  }

  function close(): void {
    if (over) return;
    over = true;
    buffer.release();
    clock.clearTimeout(reopenTimer);
    speaker?.close();
    speaker = undefined;
  }

  return {
    turn,
    add({ bytes, arrivedAtMs }) {
      const decoded = decodePacket(bytes);
      if (over || !decoded.ok) return;
      firstArrivedAtMs ??= arrivedAtMs;
      buffer.push(decoded.packet, clock.now());
      if (decoded.packet.frames.length > 0) packetMs = decoded.packet.frames.length * FRAME_MS;
      noteOverflow();
      resumeWhenFull();
      speaker?.offer?.();
      if (!decoded.packet.final) return;
      hasFinal = true;
      delayMs = buffer.stats().delayMs;
      noteDraining();
    },
    pause,
    resume,
    summary,
    close,
  };
}

/** A decoder that measures how long it takes. */
function timed(decoder: FrameDecoder, now: () => number): FrameDecoder & { meanMs(): number } {
  let frames = 0;
  let totalMs = 0;
  return {
    decode(frame) {
      const startedMs = now();
      const samples = decoder.decode(frame);
      totalMs += now() - startedMs;
      frames += 1;
      return samples;
    },
    conceal: () => decoder.conceal(),
    ...(decoder.recover && { recover: decoder.recover }),
    meanMs: () => (frames > 0 ? totalMs / frames : 0),
  };
}

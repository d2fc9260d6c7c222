/**
 * The specification's jitter buffer ("Streaming Playback", "Jitter Buffer", "Audio Underrun/Overrun"): play once so many
 * chunks have come, or the last; silence while empty; play to the end. Its delay never shrinks again.
 */
import { EarshotError } from '../../src/errors.ts';
import {
  FRAME_MS,
  FRAMES_PER_CHUNK,
  MAX_PLAYBACK_BUFFER,
  RECOMMENDED_FRAME_SIZE,
  SAMPLE_RATE_HZ,
} from '../../src/protocol/format.ts';
import type { AudioPacket } from '../../src/protocol/packet.ts';
import { type FrameDecoder, type JitterBuffer, type PullState, TICK_MS, TICK_SAMPLES } from './jitter-buffer.ts';

const MAX_FRAMES = MAX_PLAYBACK_BUFFER * FRAMES_PER_CHUNK;
/** A longer silence between two frames is a sender's mistake, not a pause. */
const LONGEST_PAUSE_SAMPLES = 60 * SAMPLE_RATE_HZ;

export interface FixedPolicy {
  /** Network packets to wait for before the first sound. */
  minChunks: number;
}

export function createFixedJitterBuffer(decoder: FrameDecoder, { minChunks }: FixedPolicy): JitterBuffer {
  const waiting = new Map<number, { frame: Uint8Array; timestamp: number }>();
  const pcm = new Int16Array(RECOMMENDED_FRAME_SIZE);
  let pcmLeft = 0;
  /** Samples of a pause (DTX, or a card that was away) before the next frame. */
  let pauseLeft = 0;
  let next = 0;
  let expectedTimestamp: number | undefined;
  let framesInAll: number | undefined;
  let chunks = 0;
  let state: PullState = 'priming';
  const stats = {
    playedMs: 0,
    frames: 0,
    underruns: 0,
    concealedMs: 0,
    lateFrames: 0,
    duplicateFrames: 0,
    droppedFrames: 0,
  };

  function push(packet: AudioPacket): void {
    chunks += 1;
    for (const [i, frame] of packet.frames.entries()) {
      keep((packet.sequence + i) >>> 0, frame, (packet.timestamp + i * RECOMMENDED_FRAME_SIZE) >>> 0);
    }
    if (packet.final) framesInAll = (packet.sequence + packet.frames.length) >>> 0;
  }

  function keep(sequence: number, frame: Uint8Array, timestamp: number): void {
    if (ahead(sequence) < 0) stats.lateFrames += 1;
    else if (waiting.has(sequence)) stats.duplicateFrames += 1;
    else if (waiting.size >= MAX_FRAMES) stats.droppedFrames += 1;
    else waiting.set(sequence, { frame, timestamp });
  }

  /** How many frames a sequence number is ahead of the next to be played; numbers wrap at 32 bits. */
  function ahead(sequence: number): number {
    return (sequence - next) | 0;
  }

  function pull(out: Int16Array): PullState {
    if (state === 'ended') return silence(out, 'ended');
    if (state === 'priming' && framesInAll === undefined && chunks < minChunks) return silence(out, 'priming');
    if (pcmLeft === 0 && pauseLeft === 0 && !prepare()) {
      if (framesInAll !== undefined) return silence(out, 'ended');
      if (state !== 'underrun') stats.underruns += 1;
      stats.concealedMs += TICK_MS;
      return silence(out, 'underrun');
    }
    stats.playedMs += TICK_MS;
    if (pauseLeft > 0) {
      pauseLeft = Math.max(0, pauseLeft - TICK_SAMPLES);
      return silence(out, 'playing');
    }
    out.set(pcm.subarray(pcm.length - pcmLeft, pcm.length - pcmLeft + TICK_SAMPLES));
    pcmLeft -= TICK_SAMPLES;
    state = 'playing';
    return state;
  }

  function silence(out: Int16Array, next: PullState): PullState {
    out.fill(0);
    state = next;
    return state;
  }

  /** Gets the next frame, or the pause before it, ready. False when there is nothing to play. */
  function prepare(): boolean {
    const entry = waiting.get(next);
    if (!entry) return concealMissing();
    const pause = expectedTimestamp === undefined ? 0 : (entry.timestamp - expectedTimestamp) | 0;
    expectedTimestamp = entry.timestamp;
    if (pause > 0 && pause <= LONGEST_PAUSE_SAMPLES) {
      pauseLeft = pause;
      return true;
    }
    waiting.delete(next);
    play(() => decoder.decode(entry.frame));
    return true;
  }

  /** A frame that is not there although later ones are was lost: Opus makes up for it. */
  function concealMissing(): boolean {
    const isLost = waiting.size > 0 || (framesInAll !== undefined && ((framesInAll - next) | 0) > 0);
    if (!isLost) return false;
    stats.concealedMs += FRAME_MS;
    play(() => decoder.conceal());
    return true;
  }

  function play(decode: () => Int16Array): void {
    try {
      pcm.set(decode());
    } catch (error) {
      if (!(error instanceof EarshotError)) throw error;
      // A frame that is not Opus is as good as lost.
      stats.concealedMs += FRAME_MS;
      pcm.set(decoder.conceal());
    }
    stats.frames += 1;
    pcmLeft = pcm.length;
    next = (next + 1) >>> 0;
    if (expectedTimestamp !== undefined) expectedTimestamp = (expectedTimestamp + RECOMMENDED_FRAME_SIZE) >>> 0;
  }

  return { push, pull, stats: () => ({ ...stats, bufferedMs: waiting.size * FRAME_MS + pcmLeft / 16 }) };
}

/**
 * The specification's jitter buffer ("Streaming Playback", "Jitter Buffer", "Audio Underrun/Overrun"): starts when the
 * configured number of chunks, or the last one, has arrived; silence while empty; plays to the end. Its delay is never
 * reduced.
 */
import {
  FRAME_MS,
  FRAMES_PER_CHUNK,
  MAX_PLAYBACK_BUFFER,
  RECOMMENDED_FRAME_SIZE,
  SAMPLES_PER_MS,
} from '../../src/protocol/format.ts';
import type { AudioPacket } from '../../src/protocol/packet.ts';
import { FrameReader } from './frame-reader.ts';
import type { FrameDecoder, JitterBuffer, JitterBufferStats, PullState } from './jitter-buffer.ts';
import { PAUSE, PacketBuffer } from './packet-buffer.ts';
import { PlaybackStatistics } from './playback-statistics.ts';

const MAX_FRAMES = MAX_PLAYBACK_BUFFER * FRAMES_PER_CHUNK;

export interface FixedPolicy {
  /** Network packets to wait for before playback starts. */
  minChunks: number;
}

export function createFixedJitterBuffer(decoder: FrameDecoder, { minChunks }: FixedPolicy): JitterBuffer {
  const queue = new PacketBuffer();
  const reader = new FrameReader(decoder);
  const statistics = new PlaybackStatistics();
  const pcm = new Int16Array(RECOMMENDED_FRAME_SIZE);
  let pcmLeft = 0;
  let isMadeUp = false;
  let chunks = 0;
  let startedAtMs = 0;
  /** When the next sample is due. */
  let nextDueMs = 0;
  let state: PullState = 'priming';

  function push(packet: AudioPacket, nowMs: number): void {
    chunks += 1;
    if (!queue.hasStarted) startedAtMs = nowMs;
    const isFull = queue.end - queue.next >= MAX_FRAMES;
    if (isFull) statistics.droppedFrames += packet.frames.length;
    else queue.accept(packet);
    if (isFull && packet.final) {
      queue.accept({ ...packet, sequence: (packet.sequence + packet.frames.length) >>> 0, frames: [] });
    }
  }

  function mayStart(): boolean {
    return state !== 'priming' || queue.isComplete || chunks >= minChunks;
  }

  /** There is no stretching, so nothing has to be saved for it. */
  function isReady(): boolean {
    return state !== 'ended' && mayStart() && (pcmLeft > 0 || queue.end > queue.next);
  }

  function pull(out: Int16Array, dueMs: number): number {
    nextDueMs = dueMs + out.length / SAMPLES_PER_MS;
    if (state === 'ended') return silence(out, 'ended');
    if (!mayStart()) return silence(out, 'priming');
    if (pcmLeft === 0 && queue.isFinished) {
      statistics.endConcealment();
      return silence(out, 'ended');
    }
    if (pcmLeft === 0 && !prepare()) {
      if (state !== 'underrun') statistics.underruns += 1;
      statistics.conceal(out.length);
      statistics.outSamples += out.length;
      return silence(out, 'underrun');
    }
    const from = pcm.length - pcmLeft;
    const count = Math.min(out.length, pcmLeft);
    nextDueMs = dueMs + count / SAMPLES_PER_MS;
    for (let i = 0; i < count; i++) out[i] = pcm[from + i] ?? 0;
    pcmLeft -= count;
    statistics.outSamples += count;
    if (isMadeUp) {
      statistics.conceal(count);
      statistics.lostSamples += count;
    } else statistics.endConcealment();
    state = 'playing';
    return count;
  }

  function silence(out: Int16Array, next: PullState): number {
    out.fill(0);
    state = next;
    return out.length;
  }

  /** Prepares the next 20 ms. False when there is nothing to play. */
  function prepare(): boolean {
    if (queue.end <= queue.next) return false;
    const isPcm = queue.isPcm(queue.next);
    const frame = queue.take();
    isMadeUp = false;
    if (frame === PAUSE) pcm.fill(0);
    else if (frame) {
      pcm.set(reader.read(frame, isPcm));
      isMadeUp = reader.wasRejected;
    } else {
      // Missing although later frames have arrived: lost.
      pcm.set(reader.conceal());
      statistics.lostFrames += 1;
      isMadeUp = true;
    }
    statistics.frames += 1;
    pcmLeft = pcm.length;
    return true;
  }

  function stats(): JitterBufferStats {
    const pcmLeftMs = pcmLeft / SAMPLES_PER_MS;
    const playedMs = (queue.next - queue.origin) * FRAME_MS - pcmLeftMs;
    return {
      ...statistics.figures(queue, reader),
      playedMs,
      bufferedMs: (queue.end - queue.next) * FRAME_MS + pcmLeftMs,
      delayMs: queue.hasStarted ? Math.max(0, nextDueMs - startedAtMs - playedMs) : 0,
      targetMs: 0,
    };
  }

  return {
    limitMs: MAX_FRAMES * FRAME_MS,
    get state() {
      return state;
    },
    get droppedFrames() {
      return statistics.droppedFrames + queue.discardedFrames;
    },
    push,
    isReady,
    pull,
    stats,
    release: () => queue.release(),
  };
}

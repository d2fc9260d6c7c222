/**
 * The specification's jitter buffer ("Streaming Playback", "Audio Underrun/Overrun"): play once 3 chunks (5 at high latency)
 * or the FINAL have come, silence when empty, flush at the end. Its delay only ever grows.
 */
import { FRAME_MS, FRAMES_PER_CHUNK, MAX_PLAYBACK_BUFFER, RECOMMENDED_FRAME_SIZE } from '../../src/protocol/format.ts';
import type { AudioPacket } from '../../src/protocol/packet.ts';
import { type FrameDecoder, type JitterBuffer, type PullState, TICK_MS, TICK_SAMPLES } from './jitter-buffer.ts';

export function createFixedJitterBuffer(decoder: FrameDecoder, { minChunks }: { minChunks: number }): JitterBuffer {
  const waiting: Uint8Array[] = [];
  const pcm = new Int16Array(RECOMMENDED_FRAME_SIZE);
  let left = 0;
  let started = false;
  let final = false;
  let state: PullState = 'priming';
  let playedMs = 0,
    frames = 0,
    underruns = 0,
    concealedMs = 0,
    droppedFrames = 0;
  return {
    push(packet: AudioPacket) {
      for (const frame of packet.frames) {
        if (waiting.length >= MAX_PLAYBACK_BUFFER * FRAMES_PER_CHUNK) droppedFrames += 1;
        else waiting.push(frame);
      }
      if (packet.final) final = true;
      if (final || waiting.length >= minChunks * FRAMES_PER_CHUNK) started = true;
    },
    pull(out) {
      if (!started) {
        out.fill(0);
        return 'priming';
      }
      if (left === 0) {
        const frame = waiting.shift();
        if (!frame) {
          out.fill(0);
          if (final) return (state = 'ended');
          if (state !== 'underrun') underruns += 1;
          concealedMs += TICK_MS;
          return (state = 'underrun');
        }
        pcm.set(decoder.decode(frame));
        frames += 1;
        left = pcm.length;
      }
      out.set(pcm.subarray(pcm.length - left, pcm.length - left + TICK_SAMPLES));
      left -= TICK_SAMPLES;
      playedMs += TICK_MS;
      return (state = 'playing');
    },
    stats: () => ({
      bufferedMs: waiting.length * FRAME_MS,
      playedMs,
      frames,
      underruns,
      concealedMs,
      lateFrames: 0,
      duplicateFrames: 0,
      droppedFrames,
    }),
  };
}

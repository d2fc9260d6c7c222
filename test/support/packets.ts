/**
 * Packets and a decoder for jitter buffer tests: a frame contains its number, and decodes to that part of an endless tone.
 */
import assert from 'node:assert/strict';
import type { FrameDecoder, JitterBuffer, PullState } from '../../actors/playback/jitter-buffer.ts';
import { EarshotError } from '../../src/core/errors.ts';
import { RECOMMENDED_FRAME_SIZE } from '../../src/protocol/format.ts';
import type { AudioPacket } from '../../src/protocol/packet.ts';

export const TONE_HZ = 200;
export const TONE_PEAK = 8_000;

export function toneSample(position: number): number {
  return Math.round(TONE_PEAK * Math.sin((2 * Math.PI * TONE_HZ * position) / 16_000)) + 0;
}

/** The bytes of the frame with this number. */
export function numberedFrame(number: number): Uint8Array {
  const frame = new Uint8Array(40).fill(7);
  new DataView(frame.buffer).setUint32(0, number);
  return frame;
}

/** A frame that the decoder rejects. */
export const BROKEN_FRAME = new Uint8Array(3);

export function packet(firstNumber: number, count: number, over: Partial<AudioPacket> = {}): AudioPacket {
  return {
    final: false,
    discontinuity: false,
    pcm: false,
    turn: 1,
    sequence: firstNumber >>> 0,
    timestamp: (firstNumber * RECOMMENDED_FRAME_SIZE) >>> 0,
    frames: Array.from({ length: count }, (_, i) => numberedFrame(firstNumber + i)),
    ...over,
  };
}

export interface ToneDecoder extends FrameDecoder {
  decoded: number[];
  concealed: number;
  recovered: number;
}

/** `fec`: every frame contains a copy of the previous one. */
export function toneDecoder({ fec = false } = {}): ToneDecoder {
  const samples = new Int16Array(RECOMMENDED_FRAME_SIZE);
  let last = -1;
  const tone = (number: number): Int16Array => {
    for (let i = 0; i < samples.length; i++) samples[i] = toneSample(number * RECOMMENDED_FRAME_SIZE + i);
    last = number;
    return samples;
  };
  const numberOf = (frame: Uint8Array) => new DataView(frame.buffer, frame.byteOffset).getUint32(0);
  const decoder: ToneDecoder = {
    decoded: [],
    concealed: 0,
    recovered: 0,
    decode(frame) {
      // In Opus, a frame of one byte is silence.
      if (frame.length === 1) return samples.fill(0);
      if (frame.length < 4) throw new EarshotError('codec_failed', 'not a frame', '');
      decoder.decoded.push(numberOf(frame));
      return tone(numberOf(frame));
    },
    conceal() {
      decoder.concealed += 1;
      return tone(last + 1);
    },
  };
  if (!fec) return decoder;
  return Object.assign(decoder, {
    recover(next: Uint8Array) {
      if (next.length < 4) return undefined;
      decoder.recovered += 1;
      return tone(numberOf(next) - 1);
    },
  });
}

/** The content identity of jitter-buffer.ts. */
export function assertIdentity(buffer: JitterBuffer): void {
  const { playedMs, outMs, concealedMs, lostMs, acceleratedMs, slowedMs, droppedMs } = buffer.stats();
  const accounted = outMs - concealedMs + lostMs + acceleratedMs - slowedMs + droppedMs;
  assert.ok(Math.abs(playedMs - accounted) < 1e-6, `played ${playedMs} ms, accounted for ${accounted} ms`);
}

export function largestJump(samples: Int16Array, from = 1, to = samples.length): number {
  let largest = 0;
  for (let i = from; i < to; i++) largest = Math.max(largest, Math.abs((samples[i] ?? 0) - (samples[i - 1] ?? 0)));
  return largest;
}

/** Fills all of `out` at once, like a device that requests 10 ms every 10 ms. */
export function pullTick(buffer: JitterBuffer, out: Int16Array, nowMs: number): PullState {
  for (let at = 0; at < out.length; ) at += buffer.pull(out.subarray(at), nowMs + at / 16, nowMs);
  return buffer.state;
}

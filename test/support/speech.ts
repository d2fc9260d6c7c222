/**
 * Real speech for tests: the bundled recordings, the same after the codec alone, and the similarity of two signals.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createOpusDecoder, createOpusEncoder } from '../../actors/codec/opus.ts';
import { RECOMMENDED_FRAME_SIZE } from '../../src/protocol/format.ts';

export const SHORT_SPEECH = fileURLToPath(new URL('../../assets/sense-and-sensibility-0880.wav', import.meta.url));
export const LONG_SPEECH = fileURLToPath(new URL('../../assets/sense-and-sensibility-0870.wav', import.meta.url));

/** The samples of a 16-bit mono file at 16 kHz, read without the product's own reader. */
export function readSamples(path: string): Int16Array {
  const bytes = readFileSync(path);
  const at = bytes.indexOf('data', 12, 'latin1');
  assert.ok(at > 0, `${path} has no data chunk`);
  const length = Math.min(bytes.readUInt32LE(at + 4), bytes.length - at - 8);
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset + at + 8, bytes.byteOffset + at + 8 + (length & ~1)));
}

/** The speech, encoded and decoded. */
export function throughCodec(samples: Int16Array): Int16Array {
  const encoder = createOpusEncoder();
  const decoder = createOpusDecoder();
  const frames = Math.ceil(samples.length / RECOMMENDED_FRAME_SIZE);
  const out = new Int16Array(frames * RECOMMENDED_FRAME_SIZE);
  for (let i = 0; i < frames; i++) {
    const frame = new Int16Array(RECOMMENDED_FRAME_SIZE);
    frame.set(samples.subarray(i * RECOMMENDED_FRAME_SIZE, (i + 1) * RECOMMENDED_FRAME_SIZE));
    out.set(decoder.decode(encoder.encode(frame)), i * RECOMMENDED_FRAME_SIZE);
  }
  return out;
}

/**
 * The highest correlation of `wanted` with any part of `heard`, −1 to 1, and the position of that part: the same
 * signal, later and at another level, gives 1.
 */
export function alignedCorrelation(wanted: Int16Array, heard: Int16Array): { correlation: number; offset: number } {
  let best = { correlation: 0, offset: 0 };
  const latest = Math.max(0, heard.length - wanted.length);
  const coarse = 8;
  const scan = (from: number, to: number, step: number, stride: number) => {
    for (let offset = from; offset <= to; offset += step) {
      const correlation = correlationAt(wanted, heard, offset, stride);
      if (correlation > best.correlation) best = { correlation, offset };
    }
  };
  // Speech is smooth over a few samples: first a coarse search with a stride, then an exact one.
  scan(0, latest, coarse, 7);
  const rough = best.offset;
  best = { correlation: 0, offset: 0 };
  scan(Math.max(0, rough - coarse), Math.min(latest, rough + coarse), 1, 1);
  return best;
}

function correlationAt(wanted: Int16Array, heard: Int16Array, offset: number, stride: number): number {
  let product = 0;
  let wantedEnergy = 0;
  let heardEnergy = 0;
  for (let i = 0; i < wanted.length; i += stride) {
    const a = wanted[i] ?? 0;
    const b = heard[offset + i] ?? 0;
    product += a * b;
    wantedEnergy += a * a;
    heardEnergy += b * b;
  }
  return product / (Math.sqrt(wantedEnergy * heardEnergy) || 1);
}

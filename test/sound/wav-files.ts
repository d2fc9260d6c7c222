/** WAV files for tests, by `wavefile`, and folders to put them in. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

interface WaveFile {
  fromScratch(channels: number, sampleRateHz: number, bitDepth: string, samples: number[][], options?: object): void;
  toALaw(): void;
  toMuLaw(): void;
  toBuffer(): Uint8Array;
}
const { WaveFile } = createRequire(import.meta.url)('wavefile') as { WaveFile: new () => WaveFile };

/** Linear encodings by wavefile's names, and the largest sample of each. */
export const FULL_SCALE = { '8': 127, '16': 32_767, '24': 8_388_607, '32': 2_147_483_647, '32f': 1, '64': 1 } as const;
export type Linear = keyof typeof FULL_SCALE;
export type Compressed = 'A-law' | 'µ-law';

export function sineWav(
  encoding: Linear | Compressed,
  options: {
    sampleRateHz: number;
    channels?: number;
    frequencyHz: number;
    level: number;
    durationMs: number;
    container?: string;
  },
): Uint8Array {
  const { sampleRateHz, channels = 1, frequencyHz, level, durationMs, container = 'RIFF' } = options;
  const depth = encoding in FULL_SCALE ? (encoding as Linear) : '16';
  const scale = FULL_SCALE[depth] * level;
  const whole = depth !== '32f' && depth !== '64';
  const channel = Array.from({ length: Math.round((sampleRateHz * durationMs) / 1_000) }, (_, i) => {
    const value = scale * Math.sin((2 * Math.PI * frequencyHz * i) / sampleRateHz);
    return whole ? Math.round(value) + (depth === '8' ? 128 : 0) : value;
  });
  const wav = new WaveFile();
  wav.fromScratch(channels, sampleRateHz, depth, Array(channels).fill(channel), { container });
  if (encoding === 'A-law') wav.toALaw();
  if (encoding === 'µ-law') wav.toMuLaw();
  return wav.toBuffer();
}

/** A folder that is deleted after the tests. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-wav-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

let files = 0;
export function writeWav(folder: string, bytes: Uint8Array): string {
  const path = join(folder, `${files++}.wav`);
  writeFileSync(path, bytes);
  return path;
}

/**
 * The sine of this frequency that is closest to these samples (least squares): its level, where 1 is full scale, and
 * the level of the residual.
 */
export function analyzeSine(samples: Int16Array, frequencyHz: number): { level: number; rest: number } {
  let [ss, sc, cc, sx, cx] = [0, 0, 0, 0, 0];
  const wave = (i: number): [sine: number, cosine: number] => {
    const phase = (2 * Math.PI * frequencyHz * i) / 16_000;
    return [Math.sin(phase), Math.cos(phase)];
  };
  samples.forEach((sample, i) => {
    const [s, c] = wave(i);
    ss += s * s;
    sc += s * c;
    cc += c * c;
    sx += (s * sample) / 32_768;
    cx += (c * sample) / 32_768;
  });
  const determinant = ss * cc - sc * sc;
  const a = (sx * cc - cx * sc) / determinant;
  const b = (cx * ss - sx * sc) / determinant;
  let rest = 0;
  samples.forEach((sample, i) => {
    const [s, c] = wave(i);
    rest += (sample / 32_768 - a * s - b * c) ** 2;
  });
  return { level: Math.hypot(a, b), rest: Math.sqrt((2 * rest) / samples.length) };
}

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
  toIMAADPCM(): void;
  toBuffer(): Uint8Array;
}
const { WaveFile } = createRequire(import.meta.url)('wavefile') as { WaveFile: new () => WaveFile };

/** Linear encodings by wavefile's names, and how large a sample can be. */
export const FULL_SCALE = { '8': 127, '16': 32_767, '24': 8_388_607, '32': 2_147_483_647, '32f': 1, '64': 1 } as const;
export type Linear = keyof typeof FULL_SCALE;
export type Compressed = 'A-law' | 'µ-law' | 'ADPCM';

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
  if (encoding === 'ADPCM') wav.toIMAADPCM();
  return wav.toBuffer();
}

/** A folder that is gone after the tests. */
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

/** How much of these samples is a sine of this frequency: its level (1 is full scale), and the level of all the rest. */
export function analyzeSine(samples: Int16Array, frequencyHz: number): { level: number; rest: number } {
  let sine = 0;
  let cosine = 0;
  let energy = 0;
  samples.forEach((sample, i) => {
    const phase = (2 * Math.PI * frequencyHz * i) / 16_000;
    sine += (sample / 32_768) * Math.sin(phase);
    cosine += (sample / 32_768) * Math.cos(phase);
    energy += (sample / 32_768) ** 2;
  });
  const level = (2 * Math.hypot(sine, cosine)) / samples.length;
  return { level, rest: Math.sqrt(Math.max(0, (2 * energy) / samples.length - level ** 2)) };
}

/** Recordings in and out, whole: 16 kHz mono, 16 bit. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createResampler } from '../../actors/sound/resampler.ts';
import { toS16 } from '../../actors/sound/s16.ts';
import { parseWav } from '../../actors/sound/wav-format.ts';
import { EarshotError, systemCode } from '../errors.ts';
import { BYTES_PER_SAMPLE, CHANNELS, SAMPLE_RATE_HZ } from '../protocol/format.ts';
import { readInputFile } from './input-file.ts';

/** @throws EarshotError `file_not_found`, `file_unreadable`, `wav_invalid` */
export async function readSpeech(path: string): Promise<Int16Array> {
  const recording = parseWav(readInputFile(path), path);
  const resampler = await createResampler(recording.sampleRateHz, SAMPLE_RATE_HZ);
  try {
    const parts: Int16Array[] = [];
    for (let piece = recording.read(recording.sampleRateHz); piece.length > 0; ) {
      parts.push(toS16(resampler.push(piece)).slice());
      piece = recording.read(recording.sampleRateHz);
    }
    parts.push(toS16(resampler.flush()).slice());
    return concatenate(parts);
  } finally {
    resampler.close();
  }
}

export function concatenate(parts: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Writes a 44-byte header (WAVEFORMAT of mmreg.h) and the samples. @throws EarshotError `file_unwritable` */
export function writeSpeech(path: string, samples: Int16Array): void {
  const header = Buffer.alloc(44);
  const dataBytes = samples.length * BYTES_PER_SAMPLE;
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + dataBytes, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(CHANNELS, 22);
  header.writeUInt32LE(SAMPLE_RATE_HZ, 24);
  header.writeUInt32LE(SAMPLE_RATE_HZ * CHANNELS * BYTES_PER_SAMPLE, 28);
  header.writeUInt16LE(CHANNELS * BYTES_PER_SAMPLE, 32);
  header.writeUInt16LE(8 * BYTES_PER_SAMPLE, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(dataBytes, 40);
  const data = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  writeOutputFile(path, Buffer.concat([header, data]));
}

/** @throws EarshotError `file_unwritable` */
export function writeOutputFile(path: string, bytes: Uint8Array | string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  } catch (cause) {
    const hint = 'Name a file in a folder that this user may write to.';
    throw new EarshotError('file_unwritable', `${path} cannot be written: ${systemCode(cause)}`, hint, { cause });
  }
}

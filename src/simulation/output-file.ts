/** Writes what was heard: whole recordings, 16 kHz mono, 16 bit. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { EarshotError, systemCode } from '../errors.ts';
import { BYTES_PER_SAMPLE, CHANNELS, SAMPLE_RATE_HZ } from '../protocol/format.ts';

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

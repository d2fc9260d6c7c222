/** The header of the WAV files that Earshot writes: 16 kHz, mono, 16 bit (WAVEFORMAT of mmreg.h). */
import { BYTES_PER_SAMPLE, CHANNELS, SAMPLE_RATE_HZ } from '../../src/protocol/format.ts';

export const WAV_HEADER_BYTES = 44;
/** The sizes in a header have 32 bits: 37 hours. */
export const MAX_DATA_BYTES = 0xffff_ffff - WAV_HEADER_BYTES - 1;
/** Readers take this as "not known, to the end" (ffmpeg and SoX write it to a pipe). */
const UNKNOWN = 0xffff_ffff;

/** @param dataBytes of the samples that follow; undefined in a stream, where the size is not known yet */
export function wavHeader(dataBytes: number | undefined): Buffer {
  const header = Buffer.alloc(WAV_HEADER_BYTES);
  const frameBytes = CHANNELS * BYTES_PER_SAMPLE;
  header.write('RIFF', 0);
  header.writeUInt32LE(dataBytes === undefined ? UNKNOWN : WAV_HEADER_BYTES - 8 + dataBytes, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(CHANNELS, 22);
  header.writeUInt32LE(SAMPLE_RATE_HZ, 24);
  header.writeUInt32LE(SAMPLE_RATE_HZ * frameBytes, 28);
  header.writeUInt16LE(frameBytes, 32);
  header.writeUInt16LE(8 * BYTES_PER_SAMPLE, 34);
  header.write('data', 36);
  header.writeUInt32LE(dataBytes ?? UNKNOWN, 40);
  return header;
}

/** A whole file with these samples. */
export function wavOf(samples: Int16Array): Uint8Array {
  const data = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  return Buffer.concat([wavHeader(data.length), data]);
}

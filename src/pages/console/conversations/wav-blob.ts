/** Samples as a WAV file, which every browser plays: 16 kHz, mono, 16 bit. */
import { BYTES_PER_SAMPLE, CHANNELS, SAMPLE_RATE_HZ } from '../../../protocol/format.ts';

const HEADER_BYTES = 44;

export function wavBlob(samples: Int16Array): Blob {
  const header = new DataView(new ArrayBuffer(HEADER_BYTES));
  const frameBytes = CHANNELS * BYTES_PER_SAMPLE;
  const write = (at: number, text: string) => {
    for (let i = 0; i < text.length; i++) header.setUint8(at + i, text.charCodeAt(i));
  };
  write(0, 'RIFF');
  header.setUint32(4, HEADER_BYTES - 8 + samples.byteLength, true);
  write(8, 'WAVEfmt ');
  header.setUint32(16, 16, true);
  header.setUint16(20, 1, true);
  header.setUint16(22, CHANNELS, true);
  header.setUint32(24, SAMPLE_RATE_HZ, true);
  header.setUint32(28, SAMPLE_RATE_HZ * frameBytes, true);
  header.setUint16(32, frameBytes, true);
  header.setUint16(34, 8 * BYTES_PER_SAMPLE, true);
  write(36, 'data');
  header.setUint32(40, samples.byteLength, true);
  return new Blob([header, samples as Int16Array<ArrayBuffer>], { type: 'audio/wav' });
}

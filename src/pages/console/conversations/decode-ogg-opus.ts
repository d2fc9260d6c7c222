/**
 * Decodes a recording where the browser cannot: Safari before 18.4 has no Ogg Opus. With the libopus of the talk page, which is fetched then.
 */
import { createFecDecoder } from '../../../../actors/codec/fec-decoder.ts';
import { loadLibopus } from '../../../../actors/codec/libopus.ts';
import { decodeOpusFile } from '../../../core/ogg/opus-file.ts';
import { RECOMMENDED_FRAME_SIZE, SAMPLES_PER_MS } from '../../../protocol/format.ts';

const LIBOPUS = '/talk/opus.wasm';
/** Of the granules in which an Ogg Opus file counts. */
const GRANULES_PER_SAMPLE = 3;

/**
 * @returns samples of 16 kHz, mono
 * @throws Error (by rejection) when libopus cannot be fetched; EarshotError `opus_file_invalid`, `codec_failed`
 */
export async function decodeOggOpus(file: ArrayBuffer, signal: AbortSignal): Promise<Int16Array> {
  const answer = await fetch(LIBOPUS, { signal });
  if (!answer.ok) throw new Error(`The decoder could not be fetched (HTTP ${answer.status}).`);
  return decodedBy(await answer.arrayBuffer(), file);
}

/** @throws as above */
export function decodedBy(libopus: ArrayBuffer, file: ArrayBuffer): Int16Array {
  const { packets, preSkip, durationMs } = decodeOpusFile(new Uint8Array(file));
  const decoder = createFecDecoder(loadLibopus(new Uint8Array(libopus)));
  const samples = new Int16Array(packets.length * RECOMMENDED_FRAME_SIZE);
  for (const [i, packet] of packets.entries()) samples.set(decoder.decode(packet), i * RECOMMENDED_FRAME_SIZE);
  const begin = preSkip / GRANULES_PER_SAMPLE;
  return samples.subarray(begin, begin + Math.round(durationMs * SAMPLES_PER_MS));
}

/**
 * Decodes the recording of a turn and plays it on the sound card.
 */
import { createOpusDecoder } from '../../../actors/codec/opus.ts';
import { openSpeaker, parseSpeaker } from '../../../actors/sound/backends/open.ts';
import { decodeOpusFile } from '../../core/ogg/opus-file.ts';
import { RECOMMENDED_FRAME_SIZE } from '../../protocol/format.ts';
import { playSamples } from './play-samples.ts';

/** Granule positions of Ogg Opus count samples at 48 kHz. */
const GRANULES_PER_SAMPLE = 3;

/** @throws EarshotError `opus_file_invalid`, and the speaker's errors. */
export async function playRecording(file: Uint8Array): Promise<void> {
  await playSamples(decodeRecording(file), openSpeaker(parseSpeaker(undefined)));
}

/** 16 kHz, mono. @throws EarshotError `opus_file_invalid` */
export function decodeRecording(file: Uint8Array): Int16Array {
  const { packets, preSkip } = decodeOpusFile(file);
  const decoder = createOpusDecoder();
  const samples = new Int16Array(packets.length * RECOMMENDED_FRAME_SIZE);
  for (const [i, packet] of packets.entries()) samples.set(decoder.decode(packet), i * RECOMMENDED_FRAME_SIZE);
  return samples.subarray(Math.round(preSkip / GRANULES_PER_SAMPLE));
}

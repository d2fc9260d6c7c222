/**
 * Half a second of the bundled recording: long enough for a steady stream, short enough to be repeated a hundred times.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSpeechFile } from '../../../actors/sound/wav-file.ts';
import { wavOf } from '../../../actors/sound/wav-header.ts';
import { BUNDLED_RECORDING } from '../../core/files/bundled.ts';
import { makeTemporaryFolder } from '../../core/files/temporary-folder.ts';
import { SAMPLE_RATE_HZ } from '../../protocol/format.ts';

/** A whole number of packets, of 20 ms and of 60; without the pause before the first word. */
const FROM_SECONDS = 0.3;
const SECONDS = 0.6;

export interface ShortRecording {
  path: string;
  remove(): void;
}

export async function makeShortRecording(): Promise<ShortRecording> {
  const speech = await readSpeechFile(BUNDLED_RECORDING);
  const from = FROM_SECONDS * SAMPLE_RATE_HZ;
  const folder = makeTemporaryFolder('utterance');
  const path = join(folder.path, 'utterance.wav');
  writeFileSync(path, wavOf(speech.subarray(from, from + SECONDS * SAMPLE_RATE_HZ)));
  return { path, remove: folder.remove };
}

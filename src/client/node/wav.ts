/** Speech in WAV files, as a client takes and gives it: samples of 16 kHz, mono. */
import { readSpeechFile } from '../../../actors/sound/wav-file.ts';
import { wavOf } from '../../../actors/sound/wav-header.ts';
import { writeOutput } from '../../core/files/output-file.ts';

/**
 * The file may have any sample rate and any number of channels. `-` is standard input.
 *
 * @throws EarshotError (by rejection) `file_not_found`, `file_unreadable`, `wav_invalid`
 */
export function readWav(path: string): Promise<Int16Array> {
  return readSpeechFile(path);
}

/** Replaces the file when all is written. `-` is standard output. @throws EarshotError `file_unwritable`, `output_closed` */
export function writeWav(path: string, samples: Int16Array): void {
  writeOutput(path, wavOf(samples));
}

/**
 * A person's recordings: a folder with WAV files. A file says what is in the text file beside it (`a.wav`, `a.txt`); without one it
 * says the phrase.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readSpeechFile } from '../../../actors/sound/wav-file.ts';
import { EarshotError } from '../../core/errors.ts';
import { inputError } from '../../core/files/file-errors.ts';
import { readInput } from '../../core/files/input-file.ts';

export interface OwnRecording {
  speech: Int16Array;
  /** Undefined: it is the phrase. */
  text: string | undefined;
  name: string;
}

/** `unclear`: the phrase is in it, and it is not known where. */
export type Content = 'phrase' | 'other' | 'unclear';

const MAX_TEXT_BYTES = 10_000;

/** @throws EarshotError `file_not_found`, `file_unreadable`, `wav_invalid`, `usage`: there is none */
export async function readOwnRecordings(folder: string): Promise<OwnRecording[]> {
  const files = await readdir(folder).catch((error: unknown) => {
    throw inputError(folder, error, 'folder of recordings');
  });
  const recordings: OwnRecording[] = [];
  for (const name of files.filter((file) => file.endsWith('.wav')).toSorted()) {
    const textFile = name.replace(/\.wav$/, '.txt');
    const bytes = files.includes(textFile)
      ? await readInput(join(folder, textFile), { maxBytes: MAX_TEXT_BYTES, kind: 'text of a recording' })
      : undefined;
    const text = bytes && new TextDecoder().decode(bytes).trim();
    recordings.push({ speech: await readSpeechFile(join(folder, name)), text, name });
  }
  if (recordings.length > 0) return recordings;
  throw new EarshotError('usage', `There is no WAV file in ${folder}`, 'Record the phrase, each time into a file.');
}

/** What an own recording says of the phrase. */
export function contentOf({ text }: Pick<OwnRecording, 'text'>, phrase: string): Content {
  if (text === undefined) return 'phrase';
  const [said, meant] = [plainWords(text), plainWords(phrase)];
  if (said === meant) return 'phrase';
  return ` ${said} `.includes(` ${meant} `) ? 'unclear' : 'other';
}

/** In lower case, without punctuation. */
export function plainWords(text: string): string {
  return (text.toLowerCase().match(/[\p{Letter}\p{Number}']+/gu) ?? []).join(' ');
}

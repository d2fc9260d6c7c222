/**
 * A person's recordings: a folder with WAV files, and the text of each beside it: `question.wav` and `question.txt`. A text
 * that is in the suite is asked with this voice.
 */
import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { readSpeechFile } from '../../../../actors/sound/wav-file.ts';
import { EarshotError } from '../../../core/errors.ts';
import { inputError } from '../../../core/files/file-errors.ts';
import { readInput } from '../../../core/files/input-file.ts';
import { spokenWords } from '../words/spoken-words.ts';
import type { Voice } from './voice.ts';

const MAX_TEXT_BYTES = 10_000;

/** @throws EarshotError `file_not_found`, `file_unreadable`, `usage`: there is no recording */
export async function openRecordings(folder: string, name = basename(resolve(folder))): Promise<Voice> {
  const files = await filesIn(folder);
  const texts = files.filter((file) => file.endsWith('.txt') && files.includes(file.replace(/\.txt$/, '.wav')));
  /** By what is said, however it is written. */
  const recordings = new Map<string, { text: string; path: string }>();
  for (const file of texts.toSorted()) {
    const bytes = await readInput(join(folder, file), { maxBytes: MAX_TEXT_BYTES, kind: 'text of a recording' });
    const text = new TextDecoder().decode(bytes).trim();
    if (text !== '') recordings.set(keyOf(text), { text, path: join(folder, file.replace(/\.txt$/, '.wav')) });
  }
  if (recordings.size === 0) {
    const hint = 'Beside each WAV file there must be its text: question.wav and question.txt.';
    throw new EarshotError('usage', `There are no recordings in ${folder}`, hint);
  }
  return {
    name,
    texts: [...recordings.values()].map(({ text }) => text),
    async speak(text) {
      const recording = recordings.get(keyOf(text));
      return recording && (await readSpeechFile(recording.path));
    },
    async close() {},
  };
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    throw inputError(folder, error, 'folder of recordings');
  }
}

function keyOf(text: string): string {
  return spokenWords(text).join(' ');
}

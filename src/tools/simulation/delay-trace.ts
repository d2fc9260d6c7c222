/**
 * A delay trace: one-way delays in ms, one network packet a line, −1 for a packet that was lost.
 */
import { EarshotError } from '../../core/errors.ts';
import { inputName } from '../../core/files/descriptors.ts';
import { readInput } from '../../core/files/input-file.ts';

export const LOST = -1;
/** One hour: a larger value is not from a trace. */
const MAX_DELAY_MS = 3_600_000;
/** More than a day of packets. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** @throws EarshotError `file_not_found`, `file_unreadable`, `usage` for what is not a trace. */
export async function readTrace(path: string): Promise<number[]> {
  const bytes = await readInput(path, { maxBytes: MAX_FILE_BYTES });
  return parseTrace(new TextDecoder().decode(bytes), inputName(path));
}

/** @throws EarshotError `usage` */
export function parseTrace(text: string, name: string): number[] {
  const delays: number[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    const word = line.trim();
    if (word === '' || word.startsWith('#')) continue;
    const delayMs = Number(word);
    if (delayMs !== LOST && !(delayMs >= 0 && delayMs <= MAX_DELAY_MS)) throw notATrace(name, i + 1, word);
    delays.push(delayMs);
  }
  if (!delays.some((delayMs) => delayMs !== LOST)) throw notATrace(name, 1, '');
  return delays;
}

function notATrace(name: string, line: number, word: string): EarshotError {
  const what = word === '' ? 'no packet arrives' : `line ${line} is ${JSON.stringify(word.slice(0, 20))}`;
  return new EarshotError(
    'usage',
    `${name} is not a delay trace: ${what}`,
    'A trace has a one-way delay in ms on each line, -1 for a lost packet.',
  );
}

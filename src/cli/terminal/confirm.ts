/** Asks before something is lost. */
import { createInterface } from 'node:readline/promises';
import { isatty } from 'node:tty';
import { EarshotError } from '../../core/errors.ts';
import { STDIN_FD } from '../../core/files/descriptors.ts';
import { printable } from '../../core/log/printable.ts';
import { isMessageTerminal } from './output.ts';

/**
 * @param what is about to happen: a sentence
 * @throws EarshotError `usage` where nobody can answer, or where the answer is no
 */
export async function confirm(what: string): Promise<void> {
  if (!isatty(STDIN_FD) || !isMessageTerminal()) throw new EarshotError('usage', what, 'Confirm it with --yes.');
  const questions = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await questions.question(`${printable(what)}. Continue? [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw new EarshotError('usage', 'Nothing was changed', '');
  } finally {
    questions.close();
  }
}

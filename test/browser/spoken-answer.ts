/**
 * A question that is spoken into a page gets the answer that its caption shows, as a recogniser understands what the speaker played.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { countWordErrors, wordErrorPercent } from '../../src/tools/eval/words/word-errors.ts';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { testModelsFolder } from '../support/models.ts';
import { wavOf } from '../support/wav-of.ts';
import type { RoomRecording } from './sound.ts';

/** On a busy machine the sound server loses samples on both ways, and the recogniser guesses: one of so many questions must do. */
const QUESTIONS = 4;
/** One word of six: the recogniser writes “for forty four” for “four forty four”. */
const MAX_WORD_ERROR_PERCENT = 20;

export const ASSISTANT = {
  EARSHOT_RESPONDER: 'assistant',
  EARSHOT_MODELS: testModelsFolder,
  TZ: 'UTC',
  XDG_CONFIG_HOME: '/nowhere',
};

/** The captions of a turn, and what was played meanwhile. */
export interface SpokenTurn {
  question: string;
  answer: string;
  played: RoomRecording;
}

/** @param ask asks for the time, for the first, second … time */
export async function assertAnswered(ask: (before: number) => Promise<SpokenTurn>): Promise<void> {
  const misheard: string[] = [];
  for (let before = 0; before < QUESTIONS; before += 1) {
    const { question, answer, played } = await ask(before);
    const heard = /what time is it/i.test(question) ? await transcribe(played) : undefined;
    if (heard !== undefined && (wordErrorPercent(countWordErrors(answer, heard)) ?? 100) <= MAX_WORD_ERROR_PERCENT)
      return;
    misheard.push(heard === undefined ? `the question as “${question}”` : `“${answer}” as “${heard}”`);
  }
  assert.fail(`Understood: ${misheard.join(', ')}`);
}

async function transcribe({ speaker, sampleRateHz }: RoomRecording): Promise<string> {
  return await inTemporaryFolder(async (folder) => {
    const input = join(folder, 'speaker.wav');
    writeFileSync(input, wavOf([speaker], sampleRateHz));
    const files = ['--input', input, '--output', 'null', '--state', join(folder, 'state')];
    const command = earshot(['start', '--once', '--json', ...files], { env: ASSISTANT, cwd: folder });
    const { code, stdout, stderr } = await command.ended;
    assert.equal(code, 0, stderr);
    return (JSON.parse(stdout) as { transcript?: string }).transcript ?? '';
  });
}

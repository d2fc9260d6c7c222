/** The commands of the documents are run as they are written; those that are not have a reason. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Elsewhere, EXCEPTIONS, OF_DEPLOYMENT } from './exceptions.ts';
import { commandsOf, pages } from './pages.ts';
import { RULES, type Trial, treatmentOf } from './treatments.ts';
import { tryCommands } from './try-commands.ts';

const ROOT = new URL('../../../', import.meta.url);
const commands = pages().flatMap(commandsOf);

test('each rule and each exception is about a command of the documents', () => {
  assert.ok(commands.length > 200, `${commands.length}`);
  const treatments = new Set(commands.map(treatmentOf));
  const unused = [
    ...RULES.filter(([, trial]) => !treatments.has(trial)).map(([pattern]) => pattern),
    ...[...EXCEPTIONS, OF_DEPLOYMENT].filter((each) => !treatments.has(each)).map((each) => each.commands),
  ];
  assert.deepEqual(unused.map(String), []);
});

test('what is said to run a command instead does so', () => {
  const shortForms = RULES.flatMap(([, { shortForm }]) => shortForm ?? []);
  for (const { file, text } of [
    ...[...EXCEPTIONS, OF_DEPLOYMENT].flatMap(({ by }) => by ?? []),
    ...shortForms,
  ] satisfies Elsewhere[]) {
    const url = new URL(file, ROOT);
    assert.ok(existsSync(url) && readFileSync(url, 'utf8').includes(text), `${file}: ${text}`);
  }
});

test('the commands of the documents do what they should', async (t) => {
  const failed: string[] = [];
  const tried = await tryCommands({
    long: false,
    onCommand({ page, line, result }) {
      if (result && !result.ok) failed.push(`${page}: ${line}\n${result.output}`);
    },
  });
  assert.deepEqual(failed, []);
  const wanted = tried.filter(({ treatment }) => treatment.kind === 'trial' && treatment.shortForm === undefined);
  const notRun = wanted.filter(({ result }) => !result);
  if (process.env.EARSHOT_REQUIRE_SOUND === '1') assert.deepEqual(notRun, [], 'PulseAudio is not installed');
  assert.ok(notRun.every(({ treatment }) => (treatment as Trial).wantsCards));
  t.diagnostic(`${tried.length} commands, ${tried.filter(({ result }) => result).length} run`);
});

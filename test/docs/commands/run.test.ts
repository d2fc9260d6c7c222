/** The commands of the documents are run as they are written; those that can't be run here have a reason. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandsOf, pages } from './pages.ts';
import { RULES, treatmentOf } from './treatments.ts';
import { tryCommands } from './try-commands.ts';

test('each rule of the treatments is about a command of the documents', () => {
  const lines = pages()
    .flatMap(commandsOf)
    .map(({ line }) => line);
  assert.ok(lines.length > 100, `${lines.length}`);
  const unused = RULES.filter(([pattern]) => !lines.some((line) => pattern.test(line)));
  assert.deepEqual(
    unused.map(([pattern]) => String(pattern)),
    [],
  );
  assert.ok(lines.filter((line) => treatmentOf(line).kind !== 'skip').length > 30);
});

test('the commands of the documents do what they should', async () => {
  const failed: string[] = [];
  const tried = await tryCommands({
    long: false,
    onCommand({ page, line, result }) {
      if (result && !result.ok) failed.push(`${page}: ${line}\n${result.output}`);
    },
  });
  assert.deepEqual(failed, []);
  assert.ok(tried.filter(({ result }) => result).length > 30);
});

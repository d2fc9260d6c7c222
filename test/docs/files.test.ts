/** The files that documents show are read as they are: the configuration file, and a suite of questions. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readSuite } from '../../src/tools/eval/suite.ts';
import { earshot, inTemporaryFolder } from '../support/cli.ts';

function shownIn(page: string, language: string): string {
  const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
  const found = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(text)?.[1];
  assert.ok(found !== undefined, `${page}: ${language}`);
  return found;
}

test('operations.md: the configuration file', () =>
  inTemporaryFolder(async (folder) => {
    const file = join(folder, 'config.jsonc');
    writeFileSync(file, shownIn('operations.md', 'jsonc'));
    const { code, stdout, stderr } = await earshot(['config', '--config', file, '--json']).ended;
    assert.equal(code, 0, stderr);
    const { commands } = JSON.parse(stdout) as { commands: { command: string; options: { from: string }[] }[] };
    const set = commands.filter(({ options }) => options.some(({ from }) => from === 'file'));
    for (const name of ['run', 'gateway', 'turns play'])
      assert.ok(
        set.some(({ command }) => command === name),
        name,
      );
  }));

test('evaluation.md: a suite', () =>
  inTemporaryFolder(async (folder) => {
    const file = join(folder, 'suite.json');
    writeFileSync(file, shownIn('evaluation.md', 'json'));
    assert.deepEqual(
      (await readSuite(file)).questions.map(({ id }) => id),
      ['time', 'timer-left'],
    );
  }));

/** The tests with sound cards run for a user who may not raise priorities, too. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const NOBODY = 65_534;

test('a user without the right to a higher priority goes on with the usual one', () => {
  const module = fileURLToPath(new URL('./priority.ts', import.meta.url));
  const script = `const { raisePriority } = await import(${JSON.stringify(module)}); raisePriority();`;
  const asNobody = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], {
    encoding: 'utf8',
    ...asNobody,
  });
  assert.equal(status, 0, stderr);
});

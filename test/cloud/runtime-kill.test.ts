/** The process is killed while scheduled functions run: mutations run exactly once, actions at most once. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { test } from 'node:test';
import { systemClock } from '../../src/core/time/clock.ts';
import { endWithTests } from '../support/end-with-tests.ts';
import { eventually } from '../support/eventually.ts';
import { openFunctions, temporaryFolder } from '../support/function-runtime.ts';
import { once } from '../support/in-time.ts';
import { seededRandom } from '../support/random.ts';

const FUNCTIONS = 1_600;
const KILLS = 5;

test('killed while they run', async (t) => {
  const random = seededRandom(7);
  const folder = temporaryFolder(t);
  const before = await openFunctions(t, { clock: systemClock, folder });
  for (let from = 0; from < FUNCTIONS; from += 800) await before.mutation('jobs:laterAll', { from, to: from + 800 });
  before.close();
  for (let kill = 0; kill < KILLS; kill++) {
    const child = endWithTests(fork(new URL('../support/run-scheduled.ts', import.meta.url), [folder]));
    for (let commits = random.integer(1, 25); commits > 0; commits--) await once(child, 'message');
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  const open = await openFunctions(t, { clock: systemClock, folder });
  const states = async () => (await open.query('jobs:all')) as { text: string; state: { kind: string } }[];
  const pending = (await states()).filter(({ state }) => state.kind === 'pending').length;
  assert.ok(pending > 0 && pending < FUNCTIONS, `they ran while it was killed: ${pending} are left`);
  open.runtime.start();
  await eventually(
    async () => (await states()).every(({ state }) => state.kind !== 'pending' && state.kind !== 'inProgress'),
    'all have run',
  );
  const written = new Map<string, number>();
  for (const { text } of (await open.query('notes:list')) as { text: string }[])
    written.set(text, (written.get(text) ?? 0) + 1);
  for (const { text, state } of await states()) {
    const times = written.get(text) ?? 0;
    if (state.kind === 'success') assert.equal(times, 1, text);
    else
      assert.ok(
        text.startsWith('action') && state.kind === 'failed' && times <= 1,
        `${text}: ${state.kind}, ${times} times`,
      );
  }
});

/** The short form of `npm run test:fleet`: each kind of fault, with a few devices. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needsHaproxy } from './haproxy.ts';
import { isWhole, trialTable } from './table.ts';
import { runTrial } from './trial.ts';

const SHORT = {
  ...{ devices: 6, turnsPerMinute: 20, calmMs: 1_000, seed: 7 },
  ...{ kills: 1, killEveryMs: 2_500, downMs: 300, cloudAwayMs: 2_000 },
};

// `npm run test:fleet` runs it with `--confirm cloud`, too.
test('killed gateways, a cloud that is away, a rolling restart: nothing is lost', needsHaproxy, async (t) => {
  const trial = await runTrial({ ...SHORT, confirm: 'disk' });
  for (const line of trialTable([['--confirm disk', trial]])) t.diagnostic(line);
  assert.deepEqual(trial.account.problems, []);
  assert.ok(trial.account.turns >= SHORT.devices, `${trial.account.turns} turns`);
  assert.ok(isWhole(trial));
});

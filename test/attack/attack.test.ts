/**
 * The short form of `npm run attack`: reduced numbers, until each honest device has completed a turn. Durations depend
 * on the load of the machine and are not checked here; the long form checks them, relative to the machine's own delay.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { allAttacks } from './attack.ts';
import { runAttacks } from './run.ts';
import { runTable } from './table.ts';
import { weakenedText } from './weakened.ts';

const HONEST_DEVICES = 3;
/** A limit, not an expected duration: what has not happened by then will not happen. */
const PATIENCE_S = 75;

for (const apart of [false, true]) {
  test(`hostile clients ${apart ? 'at other addresses, with a cloud that lasts,' : 'at the same address'} do not affect honest devices`, async () => {
    const result = await runAttacks({
      title: 'short form',
      attacks: (await allAttacks()).filter(({ gateway }) => !gateway),
      apart,
      isDurable: apart,
      honestDevices: HONEST_DEVICES,
      seconds: PATIENCE_S,
      turns: 1,
      judgesTime: false,
      scale: 0.03,
      seed: 7,
    });
    const evidence = `${runTable(result).join('\n')}\n${result.log}`;
    assert.deepEqual(result.problems, [], evidence);
    assert.equal(result.honest.turns, HONEST_DEVICES, evidence);
    for (const [name, { done }] of Object.entries(result.hostile)) assert.ok(done > 0, `${name} did nothing`);
  });
}

test('each attack names the limits that stop it, or the lines of code and a test of them', async () => {
  for (const { name, defence } of await allAttacks()) {
    const { limits = [], code = [], test: proof } = defence;
    assert.ok(limits.length + code.length > 0, name);
    if (code.length > 0) assert.ok(existsSync(new URL(`../../${proof}`, import.meta.url)), `${name}: ${proof}`);
    for (const weakening of code) weakenedText(weakening);
  }
});

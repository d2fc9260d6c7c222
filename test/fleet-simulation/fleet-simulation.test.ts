/**
 * A small fleet in virtual time. `npm run simulate:fleet` runs the large one, shows that it finds bugs, and compares it with the model of
 * queues.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { weakenedText } from '../attack/weakened.ts';
import { BUGS } from './bugs.ts';
import { runFleet } from './fleet.ts';
import { droppedUtterances, finishedUtterances, violationsOf } from './invariants.ts';
import { SHORT, TALKATIVE } from './run-options.ts';

test('30 devices, four gateways in two zones, every fault: nothing said is lost', async (t) => {
  const fleet = await runFleet({ ...SHORT, devices: 30 });
  t.after(fleet.close);
  assert.deepEqual(await violationsOf(fleet), []);
  const finished = finishedUtterances(fleet);
  const offline = finished.filter(({ offline }) => offline);
  t.diagnostic(`${finished.length} utterances, ${offline.length} of them delivered later; ${fleet.trace}`);
  assert.ok(finished.length > 60, `${finished.length} utterances`);
});

test('full stores, killed gateways, a rolling restart, --confirm cloud: what is not recorded, its device has said', async (t) => {
  const fleet = await runFleet(TALKATIVE);
  t.after(fleet.close);
  assert.deepEqual(await violationsOf(fleet), []);
  const dropped = droppedUtterances(fleet).length;
  t.diagnostic(`${finishedUtterances(fleet).length} utterances, ${dropped} dropped by devices; ${fleet.trace}`);
  assert.ok(dropped > 0, 'no store was full');
});

test('the same seed gives the same trace, and another seed another', async (t) => {
  const small = { ...SHORT, devices: 4, talkMs: 45_000, pauseMs: 8_000 };
  const traces: string[] = [];
  for (const seed of [3, 3, 4]) {
    const fleet = await runFleet({ ...small, seed });
    t.after(fleet.close);
    traces.push(fleet.trace);
  }
  assert.equal(traces[0], traces[1]);
  assert.notEqual(traces[1], traces[2]);
});

test('the bugs that are put in still have their place in the source', () => {
  for (const { change } of BUGS) assert.notEqual(weakenedText(change), '');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { supervised } from '../../machines/supervise.ts';
import { RESTART_DELAYS_MS, restartDelayMs } from '../../src/core/actor/actor.ts';
import { type CaptureContract, captureContract } from '../../src/core/contracts/index.ts';
import { fakeActor } from '../support/fake-actor.ts';
import { fakeParent } from '../support/fake-parent.ts';
import { passesBothWays } from '../support/relay.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';

function supervision() {
  const clock = new SimulatedClock();
  const actor = fakeActor(captureContract);
  return { clock, actor, parent: fakeParent<CaptureContract>(supervised(captureContract, actor.logic), clock) };
}

test('events pass both ways, as if the supervisor were the actor', () => {
  const { actor, parent } = supervision();
  parent.send({ type: 'capture.start', turn: 1 });
  assert.deepEqual(actor.received, [{ type: 'capture.start', turn: 1 }]);
  const lost = { type: 'capture.lost', turn: 1, device: 'card' } as const;
  actor.send(lost);
  assert.deepEqual(parent.received, [lost]);
});

test('every event of the contract is forwarded', () => {
  const { actor, parent } = supervision();
  passesBothWays(captureContract, captureContract, parent, actor);
});

test('a crash is reported, and the actor restarted after a delay', () => {
  const { clock, actor, parent } = supervision();
  actor.crash('broken pipe');
  assert.equal(actor.running, false);
  assert.deepEqual(parent.received, [
    {
      type: 'actor.restarting',
      actor: 'capture',
      crashes: 1,
      delayMs: 100,
      error: { code: 'internal', message: 'broken pipe', hint: '' },
    },
  ]);
  clock.increment(100);
  assert.equal(actor.running, true);
  assert.equal(actor.starts, 2);
  assert.deepEqual(parent.received.at(-1), { type: 'actor.restarted', actor: 'capture' } as never);
});

test('consecutive crashes increase the delay, up to a limit; steady operation resets it', () => {
  const { clock, actor, parent } = supervision();
  for (const crashes of [1, 2, 3]) {
    actor.crash();
    assert.equal((parent.received.at(-1) as unknown as { delayMs: number }).delayMs, restartDelayMs(crashes));
    clock.increment(restartDelayMs(crashes));
  }
  assert.equal(restartDelayMs(50), RESTART_DELAYS_MS.longest);
  clock.increment(RESTART_DELAYS_MS.steady);
  actor.crash();
  assert.equal((parent.received.at(-1) as unknown as { crashes: number }).crashes, 1);
});

test('an actor that throws while it starts has crashed', () => {
  const clock = new SimulatedClock();
  const broken = fakeActor(captureContract);
  broken.logic = { ...broken.logic, start: () => assert.fail('no such card') };
  const parent = fakeParent<CaptureContract>(supervised(captureContract, broken.logic), clock);
  const [told] = parent.received as unknown as { type: string; error: { message: string } }[];
  // Not the error of the supervisor itself, which xstate tells the parent, too.
  assert.deepEqual([told?.type, told?.error.message], ['actor.restarting', 'no such card']);
});

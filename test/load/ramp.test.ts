/** Which steps a ramp takes, and where it finds the knee. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bendOf, nextStep } from '../../src/tools/load/ramp.ts';

type Step = Parameters<typeof bendOf>[0] & { bend: ReturnType<typeof bendOf> };

/** A gateway whose delay grows slowly up to its knee, and fast from there on. */
function measured(devices: number, knee: number, steps: readonly Step[]): Step {
  const p99 = devices <= knee ? 10 + devices / 100 : 10 + devices / 100 + (devices - knee) * 5 + 30;
  return stepOf(devices, { p99 }, steps);
}

function stepOf(devices: number, { p99 = 10, failed = 0, lost = 0, isLate = false }, others: readonly Step[]): Step {
  const delay = { count: 1_000, p50: p99, p95: p99, p99, max: p99 };
  const figures = {
    devices,
    turns: {
      ...{ started: 1_000, answered: 1_000 - failed, notAnswered: { failed }, notEnded: 0, errors: {} },
      ...{ offline: 0, stored: 1_000, inCloud: 0, skipped: 0 },
    },
    frames: { said: 1, received: 1, lost, duplicated: 0, wrong: 0 },
    loader: { isLate },
    delayMs: { reply: delay, added: null, stored: null, connect: null, reconnect: null },
  };
  return { ...figures, bend: bendOf(figures, others) };
}

function ramp(most: number, knee: number): Step[] {
  const steps: Step[] = [];
  for (let next = nextStep(steps, most); next !== undefined; next = nextStep(steps, most)) {
    steps.push(measured(next, knee, steps));
    steps.sort((a, b) => a.devices - b.devices);
  }
  return steps;
}

for (const knee of [70, 333, 700, 999]) {
  test(`a knee at ${knee} of 1,000 devices is found, within 15 %, in few steps`, () => {
    const steps = ramp(1_000, knee);
    const bad = steps.find(({ bend }) => bend);
    const good = steps.findLast(({ bend }) => !bend);
    assert.equal(bad?.bend, 'delay');
    assert.ok(good && good.devices <= knee && bad.devices > knee, JSON.stringify([good?.devices, bad.devices]));
    assert.ok(bad.devices / good.devices < 1.15);
    assert.ok(steps.length <= 12, `${steps.length} steps`);
  });
}

test('without a knee the last step is the most that was asked for', () => {
  const steps = ramp(100, 1_000);
  assert.equal(steps.at(-1)?.devices, 100);
  assert.ok(steps.every(({ bend }) => !bend));
  assert.equal(ramp(1, 10).length, 1);
});

test('where the first step bends already, there is nothing between', () => {
  const first = stepOf(10, { failed: 500 }, []);
  assert.equal(first.bend, 'errors');
  assert.equal(nextStep([first], 160), undefined);
});

test('what bends: later replies, unanswered turns, lost frames; not a little of it', () => {
  const before = [stepOf(10, { p99: 8 }, [])];
  const bend = (figures: Parameters<typeof stepOf>[1]) => stepOf(20, figures, before).bend;
  assert.equal(bend({ p99: 27 }), null, 'less than 20 ms more');
  assert.equal(bend({ p99: 29 }), 'delay');
  assert.equal(bend({ p99: 29, isLate: true }), 'loader');
  assert.equal(bend({ p99: 27, isLate: true }), null);
  assert.equal(bend({ failed: 9 }), null, 'less than 1 %');
  assert.equal(bend({ failed: 11 }), 'errors');
  assert.equal(bend({ lost: 1 }), 'errors');
});

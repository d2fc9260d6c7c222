import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CircuitBreaker, type Permit } from '../../../actors/assistant/providers/circuit-breaker.ts';
import fc from '../../support/fast-check.ts';

function breakerAt(nowMs = 0) {
  const time = { nowMs };
  return { time, breaker: new CircuitBreaker({ now: () => time.nowMs }) };
}

test('two failures in a row open it for 10 s, then one request tries', () => {
  const { time, breaker } = breakerAt();
  breaker.enter()?.failed();
  breaker.enter()?.succeeded();
  breaker.enter()?.failed();
  assert.equal(breaker.state, 'closed');
  breaker.enter()?.failed();
  assert.equal(breaker.state, 'open');
  time.nowMs = 9_999;
  assert.equal(breaker.enter(), undefined);
  time.nowMs = 10_000;
  const trial = breaker.enter();
  assert.ok(trial);
  assert.equal(breaker.state, 'half-open');
  assert.equal(breaker.enter(), undefined);
  trial.succeeded();
  assert.equal(breaker.state, 'closed');
});

test('each failed trial doubles the time, up to five minutes', () => {
  const { time, breaker } = breakerAt();
  breaker.enter()?.failed();
  breaker.enter()?.failed();
  for (const openMs of [10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]) {
    time.nowMs += openMs - 1;
    assert.equal(breaker.enter(), undefined, `${openMs}`);
    time.nowMs += 1;
    breaker.enter()?.failed();
  }
});

test('a trial that was cancelled says nothing: the next request tries', () => {
  const { time, breaker } = breakerAt();
  breaker.enter()?.failed();
  breaker.enter()?.failed();
  time.nowMs = 10_000;
  breaker.enter()?.cancelled();
  assert.ok(breaker.enter());
});

/** The rules, written once more as plainly as possible, for any history of requests that overlap. */
test('whatever happens: closed lets all through, open none, half-open one; only outcomes of this period count', () => {
  const step = fc.oneof(
    fc.record({ what: fc.constant('enter' as const) }),
    fc.record({
      what: fc.constantFrom('failed' as const, 'failed', 'failed', 'succeeded' as const, 'cancelled' as const),
      which: fc.nat(2),
    }),
    fc.record({ what: fc.constant('wait' as const), ms: fc.integer({ min: 4_000, max: 40_000 }) }),
  );
  let opened = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 30, maxLength: 60 }), (steps) => {
      const { time, breaker } = breakerAt();
      const inFlight: { permit: Permit; period: number; isTrial: boolean }[] = [];
      let model = { period: 0, isClosed: true, failures: 0, openings: 0, untilMs: 0 };
      for (const each of steps) {
        if (each.what === 'wait') time.nowMs += each.ms;
        else if (each.what === 'enter') {
          const hasTrial = inFlight.some(({ isTrial, period }) => isTrial && period === model.period);
          const mayEnter = model.isClosed || (!hasTrial && time.nowMs >= model.untilMs);
          const permit = breaker.enter();
          assert.equal(permit !== undefined, mayEnter);
          if (permit) inFlight.push({ permit, period: model.period, isTrial: !model.isClosed });
        } else {
          const [ended] = inFlight.splice(each.which, 1);
          if (!ended) continue;
          ended.permit[each.what]();
          ended.permit.failed();
          ended.permit.succeeded();
          if (ended.period !== model.period || each.what === 'cancelled') continue;
          if (each.what === 'succeeded') {
            const period = model.isClosed ? model.period : model.period + 1;
            model = { period, isClosed: true, failures: 0, openings: 0, untilMs: 0 };
          } else if (ended.isTrial || model.failures === 1) {
            opened += 1;
            const openings = model.openings + 1;
            const untilMs = time.nowMs + Math.min(10_000 * 2 ** (openings - 1), 300_000);
            model = { period: model.period + 1, isClosed: false, failures: 0, openings, untilMs };
          } else model = { ...model, failures: model.failures + 1 };
        }
      }
    }),
    { numRuns: 300 },
  );
  assert.ok(opened > 100, 'the histories open it');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { patientClock } from '../../src/tools/eval/patient-clock.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

test('limits of time end later, durations are shorter, and the date is the same', async () => {
  const clock = createVirtualClock();
  const patient = patientClock(clock, 10);
  const startMs = patient.now();
  let ended = 0;
  patient.setTimeout(() => {
    ended += 1;
  }, 100);
  patient.clearTimeout(patient.setTimeout(() => assert.fail('it was cleared'), 50));
  await clock.run(999);
  assert.equal(ended, 0);
  await clock.run(1);
  assert.equal(ended, 1);
  assert.equal(patient.now() - startMs, 100);
  assert.equal(patient.wallNow(), clock.wallNow());
});

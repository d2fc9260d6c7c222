/** The time limit of a function, on a machine that gives its process the processor late. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startDeadline } from '../../src/cloud/runtime/deadline.ts';
import type { Clock } from '../../src/core/time/clock.ts';

/** Runs its one timer when it is told to, however late. */
function lateClock() {
  let nowMs = 0;
  let due: { atMs: number; act: () => void } | undefined;
  const clock = {
    now: () => nowMs,
    setTimeout(act: () => void, ms: number) {
      due = { atMs: nowMs + ms, act };
      return due;
    },
    clearTimeout: () => {
      due = undefined;
    },
  } as unknown as Clock;
  return {
    clock,
    step(lateMs: number) {
      if (!due) return;
      const { atMs, act } = due;
      nowMs = atMs + lateMs;
      due = undefined;
      act();
    },
  };
}

function deadlineAt(lateMs: number): { steps: number; message: string } {
  const { clock, step } = lateClock();
  let message = '';
  startDeadline({ clock, userMs: 1_000, systemMs: 15_000, onTimeout: (error) => (message = error.message) });
  let steps = 0;
  while (message === '' && steps < 1_000) {
    step(lateMs);
    steps += 1;
  }
  return { steps, message };
}

test('a function has as many steps of the event loop on a busy machine as on a quiet one', () => {
  const quiet = deadlineAt(0);
  assert.equal(quiet.message, 'Function execution timed out (maximum duration: 1s)');
  assert.equal(quiet.steps, 10);
  assert.deepEqual(deadlineAt(2_000), quiet);
});

test('the time in system calls is all counted', () => {
  const { clock, step } = lateClock();
  let message = '';
  const deadline = startDeadline({
    clock,
    userMs: 1_000,
    systemMs: 15_000,
    onTimeout: (error) => (message = error.message),
  });
  deadline.pause();
  for (let i = 0; i < 8; i++) step(2_000);
  assert.equal(message, 'Your request timed out performing too many system operations.');
});

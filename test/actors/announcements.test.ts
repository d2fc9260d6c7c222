/**
 * The queue of announcements on the device.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { defineAnnouncements, MAX_ANNOUNCEMENTS } from '../../actors/announcements/announcements.ts';
import { quietForMs } from '../../actors/announcements/quiet-hours.ts';
import { startActor } from '../support/run-actor.ts';

const MINUTE_MS = 60_000;
/** By the local time of whichever zone the test runs in. */
const at = (hours: number, minutes = 0) => new Date(2026, 5, 1, hours, minutes).getTime();

function queue({ wallMs = at(12), isAudible }: { wallMs?: number; isAudible?: () => boolean } = {}) {
  let ids = 0;
  const definition = defineAnnouncements({ newId: () => `turn-${++ids}`, ...(isAudible && { isAudible }) });
  const actor = startActor(definition);
  actor.clock.setWallClock(wallMs);
  const offer = (
    id: string,
    {
      priority = 'normal',
      expiresInMs = 10 * MINUTE_MS,
    }: { priority?: 'normal' | 'urgent'; expiresInMs?: number } = {},
  ) => actor.send({ type: 'say.offered', id, text: id, priority, endsAtMs: actor.clock.now() + expiresInMs });
  const quiet = (from: string, to: string) =>
    actor.send({ type: 'settings.changed', settings: { quietHours: { from, to } } });
  const begin = (announcement: string) => actor.send({ type: 'announcement.begun', announcement });
  const due = () => actor.sent.flatMap((event) => (event.type === 'announcement.due' ? [event.announcement] : []));
  const declined = () =>
    actor.sent.flatMap((event) => (event.type === 'say.declined' ? [[event.id, event.reason]] : []));
  return { definition, actor, offer, quiet, begin, due, declined };
}

test('an announcement asks for a turn at once, and every second until the turn has begun', () => {
  const { actor, offer, begin, due } = queue();
  offer('dinner');
  assert.deepEqual(due(), ['dinner']);
  for (let i = 0; i < 3; i++) actor.clock.increment(1_000);
  assert.equal(due().length, 4);
  begin('dinner');
  actor.clock.increment(60_000);
  assert.equal(due().length, 4);
});

test('while nothing can be heard none is due, not even an urgent one; one that is not heard in time is declined', () => {
  let isAudible = false;
  const { actor, offer, due, declined } = queue({ isAudible: () => isAudible });
  offer('tea', { expiresInMs: 5_000 });
  offer('fire', { priority: 'urgent' });
  for (let i = 0; i < 10; i++) actor.clock.increment(1_000);
  assert.deepEqual([due(), declined()], [[], [['tea', 'expired']]]);
  isAudible = true;
  actor.clock.increment(1_000);
  assert.deepEqual(due(), ['fire']);
});

test('urgent ones come first, the others in their order', () => {
  const { actor, offer, begin, due } = queue();
  offer('first');
  offer('second');
  offer('fire', { priority: 'urgent' });
  assert.equal(due().at(-1), 'fire');
  for (const id of ['fire', 'first', 'second']) {
    actor.clock.increment(1_000);
    assert.equal(due().at(-1), id);
    begin(id);
  }
});

test('one that was made is not made again after a restart of the actor', () => {
  const { definition, actor, offer, begin } = queue();
  offer('dinner');
  begin('dinner');
  actor.stop();
  const next = startActor(definition, actor.clock);
  const again = { text: '', priority: 'normal', endsAtMs: actor.clock.now() + MINUTE_MS } as const;
  for (const id of ['dinner', 'rain']) next.send({ type: 'say.offered', id, ...again });
  assert.deepEqual(next.types(), ['announcement.due']);
  assert.equal(next.sent[0]?.type === 'announcement.due' && next.sent[0].announcement, 'rain');
});

test('one that was made is not made again, also when it is offered again', () => {
  const { offer, begin, due } = queue();
  offer('dinner');
  begin('dinner');
  offer('dinner');
  assert.deepEqual(due(), ['dinner']);
});

test('one that expires is declined', () => {
  const { actor, offer, due, declined } = queue();
  offer('dinner', { expiresInMs: 2_500 });
  for (let i = 0; i < 5; i++) actor.clock.increment(1_000);
  assert.deepEqual(declined(), [['dinner', 'expired']]);
  assert.equal(due().length, 3);
  assert.equal(actor.clock.now(), 5_000);
});

test('the queue is bounded: the newest normal one is declined, an urgent one still fits', () => {
  const { offer, declined, due } = queue();
  for (let i = 0; i < MAX_ANNOUNCEMENTS; i++) offer(`a${i}`);
  assert.deepEqual(declined(), []);
  offer('one-more');
  offer('fire', { priority: 'urgent' });
  assert.deepEqual(declined(), [
    ['one-more', 'queue-full'],
    [`a${MAX_ANNOUNCEMENTS - 1}`, 'queue-full'],
  ]);
  assert.equal(due().at(-1), 'fire');
});

describe('quiet hours', () => {
  test('hold back what is not urgent until they end', () => {
    const { actor, offer, quiet, due, declined } = queue({ wallMs: at(6, 55) });
    quiet('22:00', '07:00');
    offer('good-morning');
    offer('fire', { priority: 'urgent' });
    assert.deepEqual(due(), ['fire']);
    actor.send({ type: 'announcement.begun', announcement: 'fire' });
    for (let i = 0; i < 5 * 60 + 1; i++) actor.clock.increment(1_000);
    assert.deepEqual([...new Set(due())], ['fire', 'good-morning']);
    assert.deepEqual(declined(), []);
  });

  test('decline at once what expires before they end', () => {
    const { offer, quiet, due, declined } = queue({ wallMs: at(23) });
    quiet('22:00', '07:00');
    offer('dinner');
    assert.deepEqual(declined(), [['dinner', 'quiet-hours']]);
    assert.deepEqual(due(), []);
  });

  test('need a clock that can be right', () => {
    const { offer, quiet, due } = queue({ wallMs: 0 });
    quiet('00:00', '23:59');
    offer('dinner');
    assert.deepEqual(due(), ['dinner']);
  });

  test('go over midnight, and from a time to the same time there are none', () => {
    const night = { from: '22:30', to: '06:00' };
    assert.equal(quietForMs(night, at(22, 29)), 0);
    assert.equal(quietForMs(night, at(22, 30)), 7.5 * 60 * MINUTE_MS);
    assert.equal(quietForMs(night, at(5, 59)), MINUTE_MS);
    assert.equal(quietForMs(night, at(6)), 0);
    assert.equal(quietForMs({ from: '13:00', to: '14:00' }, at(13, 15)), 45 * MINUTE_MS);
    assert.equal(quietForMs({ from: '13:00', to: '13:00' }, at(13)), 0);
    assert.equal(quietForMs(undefined, at(3)), 0);
  });
});

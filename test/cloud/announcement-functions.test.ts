/**
 * The cloud's functions for announcements and reminders.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { api, internal } from '../../convex/_generated/api.js';
import { asGateway, asOperator, functions, mockTime, refusedAs } from '../support/convex-functions.ts';

const device = 'kitchen';
const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const TURN = '01890a5d-ac96-774b-bcce-b302099a8057';

async function withDevice() {
  const t = functions();
  await asGateway(t).mutation(api.reports.add, { device, at: 1, figures: {} });
  const gateway = asGateway(t);
  const operator = asOperator(t);
  const say = (n: number, more: object = {}) =>
    operator.mutation(api.announcements.say, {
      ...{ device, id: id(n), text: 'Dinner is ready', priority: 'normal', expiresInMs: 60_000 },
      ...more,
    });
  const open = async () => await gateway.query(api.announcements.forDevice, { device });
  const report = (n: number, state: 'taken' | 'played' | 'interrupted' | 'declined' | 'failed', more: object = {}) =>
    gateway.mutation(api.announcements.report, { device, id: id(n), state, ...more });
  const state = async (n: number) => (await operator.query(api.announcements.get, { device, id: id(n) }))?.state;
  const expire = () => t.mutation(internal.announcements.expire, {});
  return { t, gateway, operator, say, open, report, state, expire };
}

describe('an announcement', () => {
  test('is offered until the device has made it', async () => {
    const { say, open, report, state } = await withDevice();
    await say(1);
    await say(1, { text: 'another text' });
    assert.deepEqual(
      (await open()).map(({ text, turn }) => [text, turn]),
      [['Dinner is ready', undefined]],
    );
    await report(1, 'taken', { turn: TURN });
    assert.deepEqual(
      (await open()).map(({ turn }) => turn),
      [TURN],
    );
    await report(1, 'played');
    assert.deepEqual(await open(), []);
    await report(1, 'interrupted');
    await report(1, 'taken');
    assert.equal(await state(1), 'played', 'what is over stays as it is');
  });

  test('needs a known device, a text and a time', async () => {
    const { say } = await withDevice();
    await refusedAs('device_unknown', say(1, { device: 'kitschen' }));
    for (const wrong of [
      { text: ' ' },
      { text: 'x'.repeat(1_001) },
      { id: 'x' },
      { expiresInMs: 0 },
      { expiresInMs: 1e12 },
    ]) {
      await refusedAs('value_invalid', say(1, wrong));
    }
  });

  test('twenty may wait', async () => {
    const { say, report } = await withDevice();
    for (let n = 0; n < 20; n++) await say(n);
    await refusedAs('too_large', say(20));
    await report(3, 'declined', { reason: 'quiet-hours' });
    await say(20);
  });

  test('expires; one that was begun has a while to be made', async () => {
    const { say, report, state, expire } = await withDevice();
    const startMs = 1_800_000_000_000;
    const time = mockTime(startMs);
    try {
      await say(1);
      await say(2);
      await report(2, 'taken', { turn: TURN });
      time.set(startMs + 60_000);
      assert.equal(await state(1), 'expired', 'also before the cron comes by');
      assert.equal(await expire(), 1);
      assert.deepEqual([await state(1), await state(2)], ['expired', 'taken']);
      // A report that was on its way.
      await report(1, 'taken', { turn: TURN });
      assert.equal(await state(1), 'taken');
      time.set(startMs + 16 * 60_000);
      assert.equal(await expire(), 2);
      assert.deepEqual([await state(1), await state(2)], ['failed', 'failed']);
    } finally {
      time.restore();
    }
  });

  test('can be deleted, and listed', async () => {
    const { operator, say, open } = await withDevice();
    await say(1);
    await say(2, { priority: 'urgent' });
    const listed = await operator.query(api.announcements.list, { device });
    assert.deepEqual(
      listed.map((each) => [each.id, each.priority]),
      [
        [id(2), 'urgent'],
        [id(1), 'normal'],
      ],
    );
    assert.equal(await operator.mutation(api.announcements.remove, { device, id: id(1) }), true);
    assert.equal(await operator.mutation(api.announcements.remove, { device, id: id(1) }), false);
    assert.equal((await open()).length, 1);
  });
});

describe('a reminder', () => {
  const reminder = (n: number, at = 1_000) => ({
    id: id(n),
    kind: 'timer' as const,
    label: 'pasta',
    at,
    durationMs: 5,
  });
  const ring = { outcome: 'stopped' as const, lateMs: 12 };

  async function book() {
    const { gateway, operator } = await withDevice();
    const record = (n: number, state: 'waiting' | 'cancelled' | 'rang', more: object = {}) =>
      gateway.mutation(api.reminders.record, { device, record: { reminder: reminder(n), state, ...more } });
    const waiting = async () => (await gateway.query(api.reminders.forDevice, { device })).map((each) => each.id);
    const rung = async () => await operator.query(api.reminders.rung, { device });
    return { gateway, operator, record, waiting, rung };
  }

  test('waits, rings once, and does not wait again', async () => {
    const { operator, record, waiting, rung } = await book();
    for (let i = 0; i < 2; i++) await record(1, 'waiting');
    assert.deepEqual(await operator.query(api.reminders.list, { device }), [reminder(1)]);
    for (let i = 0; i < 2; i++) await record(1, 'rang', { ring });
    await record(1, 'waiting');
    assert.deepEqual(await waiting(), []);
    assert.deepEqual(await rung(), [{ id: id(1), kind: 'timer', label: 'pasta', at: 1_000, ...ring }]);
  });

  test('that the cloud never knew is recorded when it has rung', async () => {
    const { record, rung } = await book();
    await record(1, 'rang', { ring });
    assert.equal((await rung()).length, 1);
  });

  test('can be cancelled; they are listed by their time', async () => {
    const { gateway, record, waiting } = await book();
    await gateway.mutation(api.reminders.record, {
      device,
      record: { reminder: reminder(1, 9_000), state: 'waiting' },
    });
    await record(2, 'waiting');
    await record(3, 'waiting');
    await record(3, 'cancelled');
    assert.deepEqual(await waiting(), [id(2), id(1)]);
  });

  test('has limits', async () => {
    const { gateway, record } = await book();
    const wrong = (changes: object) =>
      gateway.mutation(api.reminders.record, {
        device,
        record: { reminder: { ...reminder(1), ...changes }, state: 'waiting' },
      });
    for (const changes of [{ id: 'x' }, { label: 'x'.repeat(101) }, { at: -1 }, { at: 1e300 }, { durationMs: -1 }]) {
      await refusedAs('value_invalid', wrong(changes));
    }
    for (let n = 0; n < 50; n++) await record(n, 'waiting');
    await refusedAs('too_large', record(50, 'waiting'));
  });
});

import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { cronJobs, makeFunctionReference } from 'convex/server';
import crons from '../../convex/crons.ts';
import { startCrons } from '../../src/cloud/crons.ts';
import { createUploads } from '../../src/cloud/http.ts';
import { checkArguments, limitedDatabase } from '../../src/cloud/limits.ts';
import { testClock } from '../support/simulated-clock.ts';

const MIB = 1_024 * 1_024;

test('arguments above 16 MiB and documents above 1 MiB are refused, like in Convex', async () => {
  assert.throws(() => checkArguments({ text: 'x'.repeat(17 * MIB) }), /Arguments are too large/);
  checkArguments({ text: 'x'.repeat(MIB) });
  const documents = new Map<string, object>();
  const touched: string[] = [];
  const db = limitedDatabase(
    {
      insert: async (_table: string, value: object) => {
        documents.set('1', { _id: '1', _creationTime: 1, ...value });
        return '1';
      },
      get: async (id: string) => documents.get(id) ?? null,
      patch: async (id: string, value: object) => void documents.set(id, { ...documents.get(id), ...value }),
    } as never,
    (id) => touched.push(id),
  );
  await db.insert('turns', { text: 'x' } as never);
  await assert.rejects(db.patch('1' as never, { text: 'x'.repeat(MIB) } as never), /Document is too large/);
  assert.deepEqual(touched, ['1', '1']);
});

test('the crons run at once, then by their interval; other schedules are refused', async () => {
  const clock = testClock();
  const ran: string[] = [];
  const run = async (path: string, args: unknown) => void ran.push(`${path} ${JSON.stringify(args)}`);
  const onError = mock.fn();
  const stop = startCrons({ crons, run, onError, clock });
  assert.equal(ran.length, 8);
  assert.ok(ran.includes('retention:sweep {"table":"turns"}'));
  await clock.pass(60 * 60_000);
  assert.deepEqual(ran.slice(8), ['retention:sweep {"table":"pairings"}', 'retention:sweep {"table":"attempts"}']);
  stop();
  await clock.pass(24 * 60 * 60_000);
  assert.equal(ran.length, 10);

  const daily = cronJobs();
  daily.daily('at noon', { hourUTC: 12, minuteUTC: 0 }, makeFunctionReference<'mutation'>('x:y'));
  assert.throws(() => startCrons({ crons: daily, run, onError, clock }), /intervals only/);
});

test('an upload needs an address issued within the last hour', () => {
  let now = 0;
  const uploads = createUploads(() => now);
  const token = uploads.announce();
  assert.equal(uploads.isValid(token), true);
  assert.equal(uploads.isValid('guessed'), false);
  now = 60 * 60_000;
  assert.equal(uploads.isValid(token), false);
});

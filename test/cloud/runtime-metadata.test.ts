/** What functions know of themselves, how they name each other, and that every call of Convex's library has an answer. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemCallTable } from '../../src/cloud/runtime/system-call-table.ts';
import { NOBODY, openFunctions } from '../support/function-runtime.ts';
import { ready, testClock } from '../support/simulated-clock.ts';

const UUID = /^[\da-f]{8}-([\da-f]{4}-){3}[\da-f]{12}$/;

test('functions know their name, their deployment and their request', async (t) => {
  const { query, mutation, action } = await openFunctions(t, { clock: testClock() });
  const about = (name: string, type: string) => ({ name, type, componentPath: '', visibility: 'public' });
  assert.deepEqual(await query('meta:inQuery'), [
    about('meta:inQuery', 'query'),
    { name: 'embedded', region: null, class: 's16' },
    'bigint',
  ]);
  const caller = { ...NOBODY, request: { ip: '127.0.0.1', userAgent: 'a client', authToken: 'a token' } };
  const { requestId, ...request } = (await mutation('meta:inMutation', {}, caller)) as { requestId: string };
  assert.match(requestId, UUID);
  assert.deepEqual(request, {
    ip: '127.0.0.1',
    userAgent: 'a client',
    authToken: 'a token',
    scheduledFunctionId: null,
  });
  const [self, nobody] = (await action('meta:inAction')) as [object, { ip: null }];
  assert.deepEqual(self, about('meta:inAction', 'action'));
  assert.equal(nobody.ip, null);
});

test('functions by reference and by handle', async (t) => {
  const { query, mutation, runtime } = await openFunctions(t, { clock: testClock() });
  assert.deepEqual(await query('meta:byReference'), ['the default', 'the first']);
  runtime.start();
  assert.equal(await mutation('meta:byHandle'), 'function://notes:addHidden');
  await ready();
  assert.deepEqual(
    ((await query('notes:list')) as { text: string }[]).map(({ text }) => text),
    ['by a handle', 'by a handle, later'],
  );
  await assert.rejects(mutation('meta:handleOfNothing'), /Could not find function for 'notes:nothing'/);
});

test('what is not supported is refused by name', async (t) => {
  const { query, mutation, action } = await openFunctions(t, { clock: testClock() });
  const refused = (name: string) => new RegExp(`^Error: The embedded cloud does not support ${name}`);
  await assert.rejects(query('meta:metrics'), refused('ctx\\.meta\\.getTransactionMetrics'));
  await assert.rejects(action('meta:vectors'), refused('ctx\\.vectorSearch'));
  await assert.rejects(mutation('meta:jwt'), refused('ctx\\.auth\\.signJwt'));
  await assert.rejects(query('meta:byPath'), /^Error: The embedded cloud has no components/);
  await assert.rejects(
    mutation('meta:stale', { option: { useStaleSnapshot: true } }),
    refused('the option useStaleSnapshot'),
  );
  await assert.rejects(
    mutation('meta:stale', { option: { transactionLimits: { bytesRead: 1 } } }),
    refused('the option transactionLimits'),
  );
  assert.equal(await mutation('meta:stale', { option: {} }), 'the first');
});

test('every call of the installed library of Convex has an answer', () => {
  const source = join(fileURLToPath(import.meta.resolve('convex/package.json')), '../src/server');
  const text = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => readFileSync(join(source, file), 'utf8'))
    .join('\n');
  const called = (pattern: RegExp) =>
    [...new Set([...text.matchAll(pattern)].map(([, name]) => name as string))].sort();
  const table = systemCallTable({
    database: {} as never,
    files: {} as never,
    functions: new Map(),
    calls: {} as never,
    onScheduled() {},
  });
  const waiting = called(/performAsyncSyscall\(\s*"1\.0\/([\w/]+)"/g);
  const now = called(/performSyscall\(\s*"1\.0\/([\w/]+)"/g);
  const values = called(/performJsSyscall\(\s*"([\w/]+)"/g);
  assert.ok(waiting.length > 25 && now.length >= 4 && values.length >= 4, 'they are found in the source');
  assert.deepEqual(
    waiting.filter((name) => !table.waiting.has(name)),
    [],
  );
  assert.deepEqual(
    now.filter((name) => !table.now.has(name)),
    [],
  );
  assert.deepEqual(
    values.filter((name) => !table.values.has(name)),
    [],
  );
});

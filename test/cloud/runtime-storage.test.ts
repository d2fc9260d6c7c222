/** `ctx.storage`: files of actions and mutations, and that they come and go with their transaction. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openFunctions, temporaryFolder } from '../support/function-runtime.ts';
import { ready, testClock } from '../support/simulated-clock.ts';

const digest = (text: string) => createHash('sha256').update(text).digest();

test('an action stores a file, and everyone can look at it', async (t) => {
  const { query, action, mutation } = await openFunctions(t, { clock: testClock() });
  const id = await action('files:store', { text: 'a text' });
  assert.deepEqual(await action('files:read', { id }), { text: 'a text', type: 'text/x-test', size: 6 });
  const url = `http://127.0.0.1:1/${id}`;
  const metadata = { storageId: id, sha256: digest('a text').toString('hex'), size: 6, contentType: 'text/x-test' };
  assert.deepEqual(await query('files:describe', { id }), {
    url,
    metadata,
    row: { sha256: digest('a text').toString('base64'), size: 6 },
  });
  assert.deepEqual(await action('files:describeInAction', { id }), [url, metadata]);
  assert.equal(await mutation('files:uploadUrl'), 'http://127.0.0.1:1/upload');
});

test('a file that is deleted is gone, from the disk, too; not if the mutation fails', async (t) => {
  const folder = temporaryFolder(t);
  const { query, action, mutation } = await openFunctions(t, { clock: testClock(), folder });
  const onDisk = () => readdirSync(join(folder, 'files')).length;
  const id = await action('files:store', { text: 'a text' });
  await assert.rejects(mutation('files:remove', { id, fails: true }), /^Error: undone$/);
  assert.equal(onDisk(), 1);
  await mutation('files:remove', { id });
  await ready();
  assert.equal(onDisk(), 0);
  assert.deepEqual(await query('files:describe', { id }), { url: null, metadata: null, row: null });
  assert.equal(await action('files:read', { id }), null);
  await assert.rejects(mutation('files:remove', { id }), /not found/);
  const other = await action('files:store', { text: 'a text' });
  await action('files:removeInAction', { id: other });
  await ready();
  assert.equal(onDisk(), 0);
});

test('a file whose digest is not the expected one is not stored', async (t) => {
  const folder = temporaryFolder(t);
  const { action } = await openFunctions(t, { clock: testClock(), folder });
  for (const encoding of ['base64', 'hex'] as const) {
    await action('files:store', { text: 'a text', sha256: digest('a text').toString(encoding) });
  }
  await assert.rejects(action('files:store', { text: 'a text', sha256: digest('another').toString('hex') }), /SHA-256/);
  assert.equal(readdirSync(join(folder, 'files')).length, 2);
});

test('a mutation stores a file in its own transaction', async (t) => {
  const folder = temporaryFolder(t);
  const { action, mutation } = await openFunctions(t, { clock: testClock(), folder });
  const id = await mutation('files:storeInMutation', { text: 'a text', fails: false });
  assert.deepEqual(await action('files:read', { id }), { text: 'a text', type: 'text/x-test', size: 6 });
  await assert.rejects(mutation('files:storeInMutation', { text: 'undone', fails: true }), /undone/);
  const again = await openFunctions(t, { clock: testClock(), folder });
  await ready();
  await again.query('notes:list');
  assert.equal(readdirSync(join(folder, 'files')).length, 1, 'what was undone is gone after a restart at the latest');
});

test('documents of the system are for reading, those of the runtime not even that', async (t) => {
  const { action, mutation } = await openFunctions(t, { clock: testClock() });
  const id = await action('files:store', { text: 'a text' });
  for (const how of ['get', 'patch', 'replace', 'delete']) {
    await assert.rejects(
      mutation('files:misuse', { id, how }),
      /^Error: System tables can only be accessed with db\.system\.$/,
    );
  }
  await assert.rejects(
    mutation('files:misuse', { id, how: 'crons' }),
    /^Error: There is no system table _cron_jobs\.$/,
  );
});

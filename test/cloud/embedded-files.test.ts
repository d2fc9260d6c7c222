/**
 * Recordings in the embedded cloud: the address gives access to the file, and addresses cannot be guessed.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api } from '../../convex/_generated/api.js';
import type { Id } from '../../convex/_generated/dataModel.d.ts';
import { createFileNames } from '../../src/cloud/server/file-names.ts';
import { type CloudClients, cloudClients } from '../support/cloud-clients.ts';
import { type EmbeddedProcess, startEmbeddedProcess } from '../support/embedded-process.ts';

let cloud: EmbeddedProcess;
let clients: CloudClients;
before(async () => {
  cloud = await startEmbeddedProcess();
  clients = cloudClients(cloud);
});
after(async () => {
  await clients.close();
  await cloud.close();
});

async function storedReply(): Promise<{ storageId: string; url: string }> {
  const { asOperator } = clients;
  const address = await asOperator.mutation(api.recordings.uploadUrl, {});
  const uploaded = await fetch(address, {
    method: 'POST',
    body: 'what was said',
    headers: { 'content-type': 'audio/ogg' },
  });
  const { storageId } = (await uploaded.json()) as { storageId: string };
  const reply = { key: 'sorry', text: 'x', storageId: storageId as Id<'_storage'> };
  await asOperator.mutation(api.replies.put, reply);
  const [kept] = await asOperator.query(api.replies.list, {});
  return { storageId, url: kept?.url ?? '' };
}

test('a file can be fetched at its address, also after a crash of the cloud', async () => {
  const { storageId, url } = await storedReply();
  assert.equal(await (await fetch(url)).text(), 'what was said');
  for (const guess of [storageId, encodeURIComponent(storageId), `.${storageId}`, `x.${storageId}`]) {
    assert.equal((await fetch(`${cloud.url}/api/storage/${guess}`)).status, 404, guess);
  }
  for (let n = 10_000; n < 10_050; n++) {
    for (const id of [`${n}_storage`, `${n};_storage`]) {
      assert.equal((await fetch(`${cloud.url}/api/storage/${encodeURIComponent(id)}`)).status, 404, id);
    }
  }
  await cloud.kill();
  await cloud.start();
  assert.equal(await (await fetch(url)).text(), 'what was said');
});

test('a name belongs to one file and one key', () => {
  const files = createFileNames('key');
  const name = files.nameOf('10003;_storage');
  assert.equal(files.idOf(name), '10003;_storage');
  assert.equal(createFileNames('another key').idOf(name), undefined);
  assert.equal(files.idOf(name.replace('10003', '10004')), undefined);
  for (const wrong of ['', '.', '10003;_storage', '.10003;_storage', `${name}x`])
    assert.equal(files.idOf(wrong), undefined);
});

/** Asking with a recording, in Node: what keeps it from an answer, several at once, and silence that the reply leaves out. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createOpusEncoder } from '../../actors/codec/opus.ts';
import type { Responder } from '../../actors/responder/responder.ts';
import { createNodeClient, fileToken, type NodeClient, readWav, writeWav } from '../../src/client/node/index.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { startGateway } from '../../src/gateway/gateway.ts';
import { inTemporaryFolder } from '../support/cli.ts';
import { freePort } from '../support/free-port.ts';
import { withoutCloud } from '../support/no-cloud.ts';

const FRAME = 320;
const tone = (samples: number) => Int16Array.from({ length: samples }, (_, i) => 8_000 * Math.sin(i / 3));
const loudness = (samples: Int16Array) =>
  Math.sqrt(samples.reduce((sum, each) => sum + each * each, 0) / samples.length);

async function asking<T>(url: string, work: (client: NodeClient) => Promise<T>): Promise<T> {
  const client = createNodeClient({ url, name: 'asking' });
  client.connect();
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

test('several questions are asked one after the other; silence that a reply leaves out has its time', async () => {
  const lengths: number[] = [];
  const encoder = createOpusEncoder();
  const encoded = (frames: number) =>
    Array.from({ length: frames }, (_, i) => encoder.encode(tone((i + 1) * FRAME).subarray(-FRAME)));
  const responder: Responder = (_turn, answer) => {
    let heard = 0;
    return {
      hear({ frames, final }) {
        heard += frames.length;
        if (!final) return;
        lengths.push(heard);
        answer.processing(`question ${lengths.length}`);
        answer.say(encoded(20));
        answer.say(encoded(20), 50 * FRAME);
        answer.finish();
      },
      abort() {},
    };
  };
  const cloud = withoutCloud({ has: () => false, async record() {} });
  const gateway = await startGateway({ host: '127.0.0.1', port: 0, responder, cloud, log: silentLog });
  try {
    await asking(gateway.url, async (client) => {
      const [first, second] = await Promise.all([client.ask(tone(FRAME * 60)), client.ask(tone(FRAME * 9 + 1))]);
      assert.deepEqual(lengths, [60, 10]);
      assert.deepEqual([first.transcript, first.outcome], ['question 1', 'done']);
      assert.equal(second.transcript, 'question 2');
      assert.equal(first.audio.length, 90 * FRAME);
      const part = (from: number, to: number) => loudness(first.audio.subarray(from * FRAME, to * FRAME));
      assert.ok(part(5, 20) > 3_000 && part(75, 90) > 3_000, 'both parts are heard');
      assert.ok(part(40, 70) < part(5, 20) / 10, 'between them it is quiet');
      await assert.rejects(client.ask(new Int16Array(61 * 16_000)), { code: 'usage', message: /at most 60 s/ });
    });
  } finally {
    await gateway.close();
  }
});

test('without a connection it fails at once, with the reason', async () => {
  const url = `ws://127.0.0.1:${await freePort()}`;
  await assert.rejects(createNodeClient({ url, name: 'closed' }).ask(tone(FRAME)), {
    code: 'usage',
    message: /closed/,
  });
  await asking(url, (client) => assert.rejects(client.ask(tone(FRAME)), { code: 'gateway_unreachable' }));
});

test('files: WAV there and back, a missing one, and a token that is damaged', async () => {
  await inTemporaryFolder(async (folder) => {
    const [speech, path, token] = [tone(1_000), join(folder, 'speech.wav'), join(folder, 'token')];
    writeWav(path, speech);
    assert.deepEqual(await readWav(path), speech);
    await assert.rejects(readWav(join(folder, 'none.wav')), { code: 'file_not_found' });
    assert.equal(fileToken(token).read(), undefined);
    writeFileSync(token, 'half a tok');
    assert.throws(() => createNodeClient({ url: 'ws://127.0.0.1', name: 'x', token: fileToken(token) }), {
      code: 'file_unreadable',
    });
  });
});

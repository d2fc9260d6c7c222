/**
 * With `--confirm cloud` nothing on the disk of a gateway matters: it is killed, its folder is deleted, and no confirmed turn is lost.
 */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { api } from '../../convex/_generated/api.js';
import { FRAME_MS } from '../../src/protocol/format.ts';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { cloudClients } from '../support/cloud-clients.ts';
import { startEmbeddedProcess } from '../support/embedded-process.ts';
import { connectDevice, speechFrames } from '../support/wire-device.ts';

const FRAMES = speechFrames().slice(0, 30);

test('a gateway without a lasting disk confirms a turn when the cloud has it; one that it did not confirm is delivered elsewhere', (t) =>
  inTemporaryFolder(async (root) => {
    const embedded = await startEmbeddedProcess();
    const clients = cloudClients(embedded);
    const env = { CONVEX_URL: embedded.url, EARSHOT_GATEWAY_KEY: embedded.gatewayKey, EARSHOT_CONFIRM: 'cloud' };
    const open = (name: string) =>
      earshot(['gateway', '--open', '--port', '0', '--json', '--state', join(root, name)], { env });
    const [first, second] = [open('first'), open('second')];
    t.after(async () => {
      for (const gateway of [first, second]) gateway.kill('SIGKILL');
      await clients.close();
      await embedded.close();
    });
    const [firstUrl, secondUrl] = await Promise.all(
      [first, second].map(async (gateway) => JSON.parse(await gateway.line(/^\{/)).url as string),
    );
    assert.ok(firstUrl && secondUrl);

    const before = await connectDevice(firstUrl);
    const confirmed = await before.speak({ frames: FRAMES });
    const stored = await before.waitFor('turn.stored', ({ id }) => id === confirmed.id);
    assert.equal((await recordingOf(stored.id)).durationMs, FRAMES.length * FRAME_MS);

    await embedded.kill();
    const unconfirmed = await before.speak({ frames: FRAMES });
    await before.waitFor('turn.done', ({ id }) => id === unconfirmed.id);
    first.kill('SIGKILL');
    await first.ended;
    await before.closed;
    assert.ok(!before.messages.some((message) => message.type === 'turn.stored' && message.id === unconfirmed.id));
    rmSync(join(root, 'first'), { recursive: true });
    await embedded.start();

    const after = await connectDevice(secondUrl);
    await after.speak({ frames: FRAMES, id: unconfirmed.id, offline: { recordedAt: Date.now() } });
    await after.waitFor('turn.stored', ({ id }) => id === unconfirmed.id);
    const turns = await clients.asOperator.query(api.turns.list, { device: 'kitchen', limit: 10 });
    assert.deepEqual(
      turns.map(({ turn, recording }) => [turn, recording?.durationMs]).toSorted(),
      [confirmed.id, unconfirmed.id].toSorted().map((id) => [id, FRAMES.length * FRAME_MS]),
    );
    after.close();

    async function recordingOf(turn: string) {
      const { recording } = await clients.asOperator.query(api.turns.get, { turn });
      assert.ok(recording);
      return recording;
    }
  }));

test('--confirm cloud with a cloud that is deleted at the end is refused', async () => {
  const { code, stderr } = await earshot(['gateway', '--confirm', 'cloud', '--ephemeral', '--port', '0']).ended;
  assert.equal(code, 2);
  assert.match(stderr, /--confirm cloud needs a cloud that lasts/);
});

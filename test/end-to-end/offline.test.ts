/**
 * No connection, and one that returns: a cached reply is played, and the turn is delivered later, complete.
 */
import assert from 'node:assert/strict';
import { readdirSync, watch } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { storedTurnsFolder } from '../../src/core/files/paths.ts';
import type { StoredTurn } from '../../src/core/turn-store/turn-file.ts';
import { startFaultProxy } from '../faults/proxy.ts';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { once } from '../support/in-time.ts';
import { openInlineTurnStore } from '../support/inline-turn-store.ts';
import { recordedTurns } from '../support/recorded-turns.ts';
import { LONG_SPEECH, readSamples, SHORT_SPEECH } from '../support/speech.ts';

/** Duration of the network failure during the utterance. */
const AWAY_MS = Number(process.env.EARSHOT_AWAY_MS ?? 6_000);

/** Resolves when no turn is stored on the device any more. */
async function delivered(device: string): Promise<void> {
  const folder = storedTurnsFolder(device);
  const storedCount = () => readdirSync(folder).filter((name) => name.endsWith('.turn')).length;
  const watcher = watch(folder);
  try {
    while (storedCount() > 0) await once(watcher, 'change');
  } finally {
    watcher.close();
  }
}

function record(cloud: string, id: string): StoredTurn {
  const turn = recordedTurns(cloud).find((each) => each.id === id);
  assert.ok(turn, 'the gateway has recorded the turn');
  return turn;
}

test('without a gateway a cached reply is played at once, and the turn is delivered when there is one', () =>
  inTemporaryFolder(async (root) => {
    const [device, cloud] = [join(root, 'device'), join(root, 'cloud')];
    const port = await freePort();
    const files = ['--input', SHORT_SPEECH, '--output', join(root, 'reply.wav'), '--state', device];
    const daemon = earshot(['run', '--gateway', `ws://127.0.0.1:${port}`, '--json', ...files]);
    const report = JSON.parse(await daemon.line(/"turnId"/));
    assert.equal(report.offline, true);
    assert.equal(report.outcome, 'done');
    assert.deepEqual(report.states, ['idle', 'recording', 'streaming', 'processing', 'receiving', 'playing', 'idle']);
    assert.match(report.reply.text, /can't reach the cloud/);
    assert.equal(report.reply.frames, 248);

    const gateway = earshot(['gateway', '--open', '--port', String(port), '--state', cloud, '--ephemeral', '--json']);
    await gateway.line(/^\{/);
    await delivered(device);
    const turn = record(cloud, report.turnId);
    assert.equal(turn.frames, Math.ceil(readSamples(SHORT_SPEECH).length / 320));
    assert.equal(turn.offline, true);
    assert.equal(new Date(turn.startedAtMs).toISOString(), report.startedAt);
    daemon.kill('SIGTERM');
    gateway.kill('SIGTERM');
    const { stderr } = await daemon.ended;
    assert.match(stderr, /a stored turn was delivered to the cloud/);
    await gateway.ended;
  }));

test('a network failure during an utterance loses none of it', () =>
  inTemporaryFolder(async (root) => {
    const [device, cloud] = [join(root, 'device'), join(root, 'cloud')];
    const gateway = earshot(['gateway', '--open', '--port', '0', '--state', cloud, '--ephemeral', '--json']);
    const target = new URL(JSON.parse(await gateway.line(/^\{/)).url);
    const proxy = await startFaultProxy({ target: { host: target.hostname, port: Number(target.port) } });
    const files = ['--input', LONG_SPEECH, '--output', 'null', '--state', device];
    const daemon = earshot(['run', '--gateway', `ws://127.0.0.1:${proxy.port}`, '--json', ...files]);
    // 2 s into the sentence, as its file tells.
    const turnStore = () =>
      openInlineTurnStore(storedTurnsFolder(device), { limit: 10, onDropped() {}, onDamaged() {} });
    await eventually(() => {
      const [id] = turnStore().ids();
      return id !== undefined && (turnStore().read(id)?.frames ?? 0) >= 100;
    }, '100 frames are stored');
    proxy.vanish();
    setTimeout(() => proxy.reach(), AWAY_MS);
    const report = JSON.parse(await daemon.line(/"turnId"/));
    await delivered(device);
    const turn = record(cloud, report.turnId);
    assert.equal(turn.frames, Math.ceil(readSamples(LONG_SPEECH).length / 320));
    assert.equal(turn.truncated, false);
    daemon.kill('SIGTERM');
    gateway.kill('SIGTERM');
    await Promise.all([daemon.ended, gateway.ended]);
    await proxy.close();
  }));

/**
 * Long turns, which are on the gateway's disk, and turns that cannot be recorded.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parrot } from '../../actors/responder/parrot.ts';
import { openSpoolFolder } from '../../actors/session/spool-folder.ts';
import { EarshotError } from '../../src/core/errors.ts';
import { limitsFrom } from '../../src/core/limits/limits.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { type Gateway, startGateway } from '../../src/gateway/gateway.ts';
import { type Client, connected, FINAL, hello, PCM, packet, turnStart } from '../support/client.ts';
import { eventually } from '../support/eventually.ts';
import { packetsOf } from '../support/finished-turn.ts';
import { withoutCloud } from '../support/no-cloud.ts';
import { arrivals, connect, utterancePackets, virtualGateway } from './virtual-gateway.ts';

const folder = mkdtempSync(join(tmpdir(), 'earshot-long-turns-'));
const recorded: Buffer[][] = [];
let gateway: Gateway;

before(async () => {
  const recorder = {
    has: () => false,
    async record({ audio }: Parameters<typeof packetsOf>[0]) {
      const packets = await packetsOf({ audio });
      if (packets.some(({ pcm }) => pcm)) throw new EarshotError('turn_refused', 'no PCM here', '');
      recorded.push(packets.flatMap(({ frames }) => frames.map((frame) => Buffer.from(frame))));
    },
  };
  const spools = openSpoolFolder({ folder, memoryBytes: 32_768, log: silentLog });
  const cloud = { ...withoutCloud(recorder), spools };
  // Gateway and devices share a process, which may be busy with minutes of speech for longer than a hello may take.
  const limits = limitsFrom(['helloMs=off', 'requestMs=off']);
  gateway = await startGateway({ host: '127.0.0.1', port: 0, responder: parrot, cloud, limits, log: silentLog });
});
after(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A minute, at 160 kbit/s: more than a megabyte. */
const FRAMES = 3_000;
const frameAt = (sequence: number) => Array.from({ length: 400 }, (_, i) => (sequence * 7 + i) & 255);
const minute = (turn: number) =>
  Array.from({ length: FRAMES / 2 }, (_, i) => {
    const sequence = 2 * i;
    const flags = sequence === FRAMES - 2 ? FINAL : 0;
    return packet({ turn, sequence, flags, frames: [frameAt(sequence), frameAt(sequence + 1)] });
  });
const spools = () => readdirSync(folder).length;
const sequenceOf = (bytes: Buffer) => bytes.readUInt32BE(4);

async function emptied(): Promise<void> {
  await eventually(() => spools() === 0, 'no file is left');
}

describe('a long turn', () => {
  /** All of the reply is sent ahead. */
  const patient = { playback: { bufferMs: 60_000 } };

  function assertReply(packets: readonly Buffer[], from: number): void {
    const withFrames = packets.filter((bytes) => bytes.readUInt8(12) > 0);
    assert.equal(sequenceOf(withFrames[0] as Buffer), from);
    assert.equal(withFrames.length, (FRAMES - from) / 2);
    for (const [i, bytes] of withFrames.entries()) {
      const sequence = from + 2 * i;
      const whole = packet({
        turn: 1,
        sequence,
        flags: bytes.readUInt8(1),
        frames: [frameAt(sequence), frameAt(sequence + 1)],
      });
      assert.ok(bytes.equals(whole), `packet ${i}`);
    }
  }

  test('is recorded and answered completely, from the disk, and leaves no file', async () => {
    const client = await connected(gateway.url, 'talkative', patient);
    client.send(turnStart(1), ...minute(1));
    assertReply(await client.reply(1), 0);
    await client.waitForMessage('turn.stored', 1);
    assert.deepEqual(
      recorded.at(-1),
      Array.from({ length: FRAMES }, (_, sequence) => Buffer.from(frameAt(sequence))),
    );
    await client.waitForMessage('turn.done', 1);
    // The reply, for as long as the device may request it again.
    while (spools() > 1) await client.settled();
    assert.equal(spools(), 1);
    client.send({ type: 'playback', turn: 1, event: 'drained', playedMs: 60_000 });
    await emptied();
    client.close();
  });

  test('is resumed after a broken connection, at any position', async () => {
    let client: Client = await connected(gateway.url, 'wanderer', patient);
    client.send(turnStart(1), ...minute(1));
    const { session } = await client.waitForMessage('welcome');
    await client.waitForMessage('turn.done', 1);
    for (const from of [2_500, 2_998, 40, 0]) {
      client.terminate();
      client = await connected(gateway.url, 'wanderer', {
        ...patient,
        resume: { session, turn: 1, downlinkNext: from },
      });
      await client.waitForMessage('turn.done', 1);
      assertReply(client.packets(1), from);
    }
    // It does not request again what it has acknowledged.
    client.send({ type: 'ack', turn: 1, next: 2_000 });
    await client.settled();
    client.terminate();
    client = await connected(gateway.url, 'wanderer', {
      ...patient,
      resume: { session, turn: 1, downlinkNext: 2_100 },
    });
    await client.waitForMessage('turn.done', 1);
    assertReply(client.packets(1), 2_100);
    client.send(turnStart(2));
    await emptied();
    client.close();
  });

  test('that is aborted leaves nothing on the disk', async () => {
    const client = await connected(gateway.url, 'fickle');
    client.send(turnStart(1), ...minute(1).slice(0, 1_000));
    while (spools() < 2) await client.settled().then(() => new Promise((resolve) => setTimeout(resolve, 5)));
    client.send({ type: 'turn.abort', turn: 1, reason: 'cancelled' });
    await emptied();
    client.close();
  });
});

test('a completely played reply is reported as done to a device that reconnects, and not sent again', async () => {
  const { clock, sessions, device } = virtualGateway();
  device.say(hello('listener'), turnStart(1), ...utterancePackets(1, 10));
  await clock.run(1_000);
  assert.equal(arrivals(device, 'turn.done').length, 1);
  device.say({ type: 'playback', turn: 1, event: 'drained', playedMs: 400 });
  device.disconnect();
  const again = connect(sessions, clock);
  again.say(hello('listener', { resume: { session: 'session 1', turn: 1, downlinkNext: 20 } }));
  await clock.run(1_000);
  const packets = arrivals(again, 'packet').map(({ message }) => message.bytes as Buffer);
  assert.deepEqual(packets, [packet({ turn: 1, sequence: 20, flags: FINAL, frames: [] })]);
  assert.equal(arrivals(again, 'turn.done').length, 1);
});

test('an acknowledgement does not end a reply that is still being sent', async () => {
  const { clock, device } = virtualGateway();
  device.say(hello('early'), turnStart(1), ...utterancePackets(1, 100));
  await clock.run(100);
  device.say({ type: 'playback', turn: 1, event: 'drained', playedMs: 400 });
  await clock.run(10_000);
  assert.equal(arrivals(device, 'packet').length, 100);
  assert.equal(arrivals(device, 'turn.done').length, 1);
});

describe('an offline turn', () => {
  const kept = (turn: number) => turnStart(turn, { offline: { recordedAt: 1 } });

  test('is stored before it is done', async () => {
    const client = await connected(gateway.url, 'keeper');
    client.send(kept(1), packet({ turn: 1, sequence: 0, flags: FINAL }));
    await client.waitForMessage('turn.done', 1);
    const types = client.messages.map(({ type }) => type).filter((type) => type.startsWith('turn.'));
    assert.deepEqual(types, ['turn.stored', 'turn.done']);
    client.close();
  });

  test('that can never be recorded is not confirmed, and not retryable', async () => {
    const client = await connected(gateway.url, 'linear');
    client.send(kept(1), packet({ turn: 1, sequence: 0, flags: FINAL | PCM, frames: [Array(640).fill(0)] }));
    const error = await client.waitForMessage('error', 1);
    assert.deepEqual([error.code, error.retryable], ['turn_refused', false]);
    await client.settled();
    assert.ok(!client.messages.some(({ type }) => type === 'turn.stored'));
    client.close();
  });
});

/**
 * Tests of gateway and cloud together, for any deployment: they run against the embedded cloud, and against a real backend
 * if there is one.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { ConvexClient } from 'convex/browser';
import { v7 as uuidv7 } from 'uuid';
import { createOpusDecoder } from '../../actors/codec/opus.ts';
import { echo } from '../../actors/responder/echo.ts';
import { parrot } from '../../actors/responder/parrot.ts';
import { api } from '../../convex/_generated/api.js';
import { silentLog } from '../../src/core/log/log.ts';
import { decodeOpusFile } from '../../src/core/ogg/opus-file.ts';
import { type Gateway, startGateway } from '../../src/gateway/gateway.ts';
import { type GatewayCloud, openGatewayCloud } from '../../src/gateway/gateway-cloud.ts';
import type { DeviceMessage } from '../../src/protocol/control.ts';
import { encodePacket } from '../../src/protocol/packet.ts';
import { type CloudClients, cloudClients } from '../support/cloud-clients.ts';
import { eventually } from '../support/eventually.ts';
import { inTime } from '../support/in-time.ts';
import { protocolExamples } from '../support/protocol-page.ts';
import { alignedCorrelation, readSamples, SHORT_SPEECH, throughCodec } from '../support/speech.ts';
import { connectDevice, speechFrames, type WireDevice } from '../support/wire-device.ts';

export interface Deployment {
  url: string;
  gatewayKey: string;
  close(): Promise<void>;
}

export function testDeployment(open: () => Promise<Deployment>): void {
  let deployment: Deployment;
  let clients: CloudClients;
  let asGateway: ConvexClient;
  let asOperator: ConvexClient;
  let cloud: GatewayCloud;
  let gateway: Gateway;
  let strict: Gateway;
  let strictCloud: GatewayCloud;
  const state = mkdtempSync(join(tmpdir(), 'earshot-test-deployment-'));
  /** A deployment may have other users and older data. */
  const named = (name: string) => `${name}-${randomUUID().slice(0, 8)}`;

  before(async () => {
    deployment = await open();
    process.env.CONVEX_URL = deployment.url;
    process.env.EARSHOT_GATEWAY_KEY = deployment.gatewayKey;
    clients = cloudClients(deployment);
    ({ asGateway, asOperator } = clients);
    const serve = { host: '127.0.0.1', port: 0, log: silentLog };
    cloud = openGatewayCloud({ state: join(state, 'open'), isOpen: true, log: silentLog });
    strictCloud = openGatewayCloud({ state: join(state, 'strict'), isOpen: false, log: silentLog });
    gateway = await startGateway({ ...serve, responder: parrot, cloud });
    strict = await startGateway({ ...serve, responder: echo, cloud: strictCloud });
  });
  after(async () => {
    await Promise.all([gateway.close(), strict.close()]);
    await Promise.all([cloud.close(), strictCloud.close(), clients.close()]);
    await deployment.close();
    rmSync(state, { recursive: true, force: true });
  });

  /** Resolves with the first matching result of the subscription. */
  function turnThat(id: string, fits: (turn: Awaited<ReturnType<typeof getTurn>>) => boolean) {
    const wanted = new Promise<Awaited<ReturnType<typeof getTurn>>>((resolve) => {
      const unwatch = asOperator.onUpdate(api.turns.list, { limit: 50 }, (turns) => {
        const found = turns.find(({ turn }) => turn === id);
        if (!found || !fits(found)) return;
        setImmediate(() => unwatch());
        resolve(found);
      });
    });
    return inTime(wanted, `the turn ${id} in the cloud`);
  }
  const getTurn = (turn: string) => asOperator.query(api.turns.get, { turn });

  async function pair(name: string): Promise<string> {
    const device = await connectDevice(strict.url, { name });
    const { code } = await device.waitFor('pair.pending');
    await asOperator.mutation(api.pairing.approve, { code });
    const { token } = await device.waitFor('pair.approved');
    assert.equal((await device.closed).code, 1_000);
    return token;
  }

  async function refusal(token: string): Promise<unknown> {
    return await connectDevice(strict.url, { token }).then(
      () => 'let in',
      (error: { status: number; code: string }) => [error.status, error.code],
    );
  }

  test('a turn is one record with its latencies, and a recording that decodes to the speech', async () => {
    const device = await connectDevice(gateway.url, { name: named('kitchen') });
    const { id } = await device.speak();
    const stored = await device.waitFor('turn.stored', (message) => message.id === id && message.cloud === true);
    assert.equal(stored.cloud, true);
    device.send({ type: 'turn.report', id, latencyMs: { uplink: 12, total: 240 } });
    const turn = await turnThat(id, ({ latencyMs }) => latencyMs !== undefined);
    assert.deepEqual(turn.latencyMs, { uplink: 12, total: 240 });
    assert.equal(turn.outcome, 'done');
    assert.equal(turn.trigger, 'key');
    assert.equal(turn.recording?.durationMs, 2_980);

    const recording = await asOperator.query(api.recordings.url, { turn: id });
    assert.ok(recording);
    const file = decodeOpusFile(new Uint8Array(await (await fetch(recording.url)).arrayBuffer()));
    const decoder = createOpusDecoder();
    const decoded = file.packets.flatMap((packet) => [...decoder.decode(packet)]);
    const wanted = throughCodec(readSamples(SHORT_SPEECH)).subarray(0, decoded.length);
    const { correlation } = alignedCorrelation(wanted, Int16Array.from(decoded));
    assert.ok(correlation > 0.999, `correlation ${correlation}`);
    device.close();
  });

  test('each message that protocol.md allows becomes a row, field by field', async () => {
    const name = named('kitchen');
    const [first, kept] = [uuidv7(), uuidv7()];
    const refused = () => cloud.recorder.stats().queue.setAside;
    const freshIds: Record<string, string> = {};
    for (const [i, { id }] of examplesOf('turn.start').entries()) freshIds[id] = [first, kept][i] ?? uuidv7();
    const say = (message: DeviceMessage) =>
      device.send('id' in message ? { ...message, id: freshIds[message.id] ?? '' } : message);
    const [hello] = examplesOf('hello');
    assert.ok(hello);
    const device = await connectDevice(gateway.url, { hello: { ...hello, device: { ...hello.device, name } } });
    const { session } = await device.waitFor('welcome');

    const [live, offline] = examplesOf('turn.start');
    assert.ok(live && offline?.offline);
    for (const start of [live, offline]) {
      say(start);
      const place = { turn: start.turn, sequence: 0, timestamp: 0, final: true, discontinuity: false, pcm: false };
      device.sendPacket(encodePacket({ ...place, frames: speechFrames().slice(0, 3) }));
      await device.waitFor('turn.done', ({ turn }) => turn === start.turn);
      await device.waitFor('turn.stored', ({ turn, cloud }) => turn === start.turn && cloud === true);
    }
    const rest = ['turn.report', 'report', 'playback', 'turn.abort', 'ack', 'ping', 'bye'] as const;
    for (const type of rest) for (const example of examplesOf(type)) say(example);
    await device.waitFor('pong');
    device.close();
    await device.closed;

    const [row] = await until(
      () => asOperator.query(api.sessions.list, { device: name }),
      ([opened]) => opened?.closedAt !== undefined,
    );
    assert.deepEqual([row?.session, row?.closeCode], [session, 1_005]);
    const { model, software } = hello.device;
    const devices = await asOperator.query(api.devices.list, {});
    const known = devices.find((each) => each.name === name);
    assert.deepEqual([known?.model, known?.software], [model, software]);
    const [report] = examplesOf('report');
    const reports = await until(
      () => asOperator.query(api.reports.list, { device: name, limit: 10 }),
      ({ length }) => length > 0 || refused() > 0,
    );
    assert.deepEqual(
      reports.map(({ figures }) => figures),
      [report?.figures],
    );
    const [figures] = examplesOf('turn.report');
    const turns = await until(
      () => asOperator.query(api.turns.list, { device: name, limit: 10 }),
      (listed) => listed.some(({ latencyMs }) => latencyMs !== undefined) || refused() > 0,
    );
    const rows = turns.map(({ turn, trigger, startedAt, offline, outcome, latencyMs, recording }) => {
      return { turn, trigger, startedAt, offline, outcome, latencyMs, durationMs: recording?.durationMs };
    });
    const common = { trigger: 'key', startedAt: live.startedAt, outcome: 'done', durationMs: 60 };
    assert.deepEqual(
      rows.sort((a, b) => Number(a.offline) - Number(b.offline)),
      [
        { ...common, turn: first, offline: false, latencyMs: figures?.latencyMs },
        { ...common, turn: kept, offline: true, latencyMs: undefined },
      ],
    );
    assert.equal(refused(), 0);
  });

  test('a turn that is delivered twice is one record', async () => {
    const name = named('kitchen');
    const frames = speechFrames().slice(0, 20);
    const first = await connectDevice(gateway.url, { name });
    const { id } = await first.speak({ frames });
    await first.waitFor('turn.stored', (message) => message.cloud === true);
    const second = await connectDevice(gateway.url, { name });
    await second.speak({ frames, id });
    await second.waitFor('turn.stored', (message) => message.id === id);
    const turns = await asOperator.query(api.turns.list, { device: name, limit: 10 });
    assert.deepEqual(
      turns.map(({ turn }) => turn),
      [id],
    );
    second.close();
  });

  test('the same turn id of two devices is two turns with two recordings', async () => {
    const id = uuidv7();
    const names = [named('one'), named('other')];
    const spoken = [speechFrames().slice(0, 10), speechFrames().slice(50, 80)];
    for (const [i, name] of names.entries()) {
      const device = await connectDevice(gateway.url, { name });
      await device.speak({ id, frames: spoken[i] ?? [] });
      await device.waitFor('turn.stored', ({ cloud }) => cloud === true);
      device.close();
    }
    for (const [i, device] of names.entries()) {
      const which = { turn: id, device };
      assert.equal((await asOperator.query(api.turns.get, which)).recording?.durationMs, (spoken[i] ?? []).length * 20);
      const recording = await asOperator.query(api.recordings.url, which);
      assert.ok(recording);
      const file = decodeOpusFile(new Uint8Array(await (await fetch(recording.url)).arrayBuffer()));
      assert.deepEqual(
        file.packets.map((packet) => Buffer.from(packet)),
        spoken[i]?.map((frame) => Buffer.from(frame)),
      );
    }
  });

  test('a record that the cloud refuses becomes a dead letter at once, and the queue continues', async () => {
    const name = named('kitchen');
    const before = cloud.recorder.stats().queue;
    const observer = cloud.recorder.observe(uuidv7());
    // Like a gateway that does not check its messages.
    observer.sent({ type: 'device.attached', device: name, bufferMs: 600, resumed: false, model: 'half \ud800' });
    observer.sent({ type: 'device.metrics', metrics: { $bad: 1 } });
    const { setAside, deadLetters } = await until(
      async () => cloud.recorder.stats().queue,
      (queue) => queue.setAside - before.setAside === 2,
    );
    assert.equal(deadLetters.waiting - before.deadLetters.waiting, 2);
    observer.sent({ type: 'device.metrics', metrics: { good: 1 } });
    const reports = await until(
      () => asOperator.query(api.reports.list, { device: name, limit: 10 }).catch(() => []),
      ({ length }) => length > 0,
    );
    assert.deepEqual(reports[0]?.figures, { good: 1 });
    assert.equal(cloud.recorder.stats().queue.setAside, setAside);
  });

  test('settings are sent to a connected device, and again when it reconnects', async () => {
    const name = named('kitchen');
    const device = await connectDevice(gateway.url, { name });
    await device.waitFor('welcome');
    await until(
      () => asOperator.query(api.devices.list, {}),
      (devices) => devices.some((each) => each.name === name),
    );
    const settings = { volumePercent: 40, bitrate: 16_000, bufferMs: 200 };
    await asOperator.mutation(api.settings.set, { device: name, settings });
    assert.deepEqual((await device.waitFor('settings')).settings, settings);
    device.close();
    const again: WireDevice = await connectDevice(gateway.url, { name });
    assert.deepEqual((await again.waitFor('settings')).settings, settings);
    again.close();
  });

  test('a device without a token can only be paired', async () => {
    const device = await connectDevice(strict.url, { name: named('kitchen') });
    const { code, expiresAt } = await device.waitFor('pair.pending');
    assert.match(code, /^\d{6}$/);
    assert.ok(expiresAt > Date.now());
    device.send({ type: 'turn.start', turn: 1, id: randomUUID(), trigger: 'key', startedAt: 1 });
    assert.equal((await device.waitFor('error')).code, 'not_paired');
    device.close();
  });

  test('a paired device is identified by its token, whatever name it sends', async () => {
    const name = named('kitchen');
    const token = await pair(name);
    const device = await connectDevice(strict.url, { name: 'somebody else', token });
    const { id } = await device.speak({ frames: speechFrames().slice(0, 10) });
    await device.waitFor('turn.stored', (message) => message.cloud === true);
    assert.equal((await getTurn(id)).device, name);
    device.close();
  });

  test('a wrong, revoked or replaced token is refused, at once also on an open connection', async () => {
    const name = named('kitchen');
    assert.deepEqual(await refusal('w'.repeat(43)), [401, 'token_unknown']);
    const first = await pair(name);
    const second = await pair(name);
    assert.deepEqual(await refusal(first), [401, 'token_unknown']);
    const device = await connectDevice(strict.url, { token: second });
    await device.waitFor('welcome');
    await asOperator.mutation(api.devices.revoke, { device: name });
    assert.equal((await device.closed).code, 4_003);
    assert.deepEqual(await refusal(second), [401, 'token_revoked']);
  });

  test('a code works once', async () => {
    const device = await connectDevice(strict.url, { name: named('kitchen') });
    const { code } = await device.waitFor('pair.pending');
    assert.equal((await asOperator.mutation(api.pairing.approve, { code })).ok, true);
    await device.waitFor('pair.approved');
    const replayed = await asOperator.mutation(api.pairing.approve, { code });
    assert.equal(replayed.ok === false && replayed.code, 'code_used');
  });

  test('data that is too large is refused with an error code or by the limits of Convex', async () => {
    const record = {
      turn: '01890a5d-ac96-774b-bcce-b302099a8057',
      session: 's',
      trigger: 'key',
      offline: false,
    } as const;
    const turn = { ...record, startedAt: 1, state: 'idle', transcript: 'x'.repeat(70_000) } as const;
    await assert.rejects(asGateway.mutation(api.turns.record, { device: named('x'), record: turn }), {
      data: { code: 'too_large', message: 'A text of 70000 characters is too long; the most is 65536.' },
    });
    const huge = { device: named('x'), session: 's', openedAt: 1, software: 'x'.repeat(1_100_000) };
    await assert.rejects(asGateway.mutation(api.sessions.record, huge), /too large/i);
  });
}

/** The device's messages of one type in docs/protocol.md. */
function examplesOf<Type extends DeviceMessage['type']>(type: Type): Extract<DeviceMessage, { type: Type }>[] {
  return protocolExamples
    .filter(({ language, kind }) => language === 'json' && kind === 'device')
    .map(({ body }) => JSON.parse(body))
    .filter((message) => message.type === type);
}

/** Queries until the result matches: a record takes a moment to arrive. */
async function until<T>(ask: () => Promise<T>, fits: (answer: T) => boolean): Promise<T> {
  const { answer } = await eventually(async () => {
    const answer = await ask();
    return fits(answer) && { answer };
  }, `an answer fits ${fits}`);
  return answer;
}

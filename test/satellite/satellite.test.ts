/**
 * What Home Assistant sees and may do beside turns; who a device is for it; what any client on the network can do to a server.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { encodePlainFrame, ReceivedBytes, takePlainFrame } from '../../src/core/esphome/frames.ts';
import { encodeMessage, type Fields, MESSAGES, type MessageName } from '../../src/core/esphome/messages.ts';
import { homeAssistantFile } from '../../src/core/files/paths.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { openApiServer } from '../../src/gateway/satellite/api-server.ts';
import { Satellite } from '../../src/gateway/satellite/satellite.ts';
import { openSatelliteIdentities } from '../../src/gateway/satellite/satellite-identity.ts';
import { createTimers } from '../../src/gateway/satellite/timers.ts';
import { freePort } from '../support/free-port.ts';
import { once } from '../support/in-time.ts';
import { virtualSatellite } from './virtual-satellite.ts';

describe('what it may do', () => {
  test('volume: set, up and down within its bounds; nothing for another entity, or a share that is none', async () => {
    const set: number[] = [];
    const { client, clock } = virtualSatellite({
      actions: {
        async setVolume(volumePercent) {
          set.push(volumePercent);
        },
      },
    });
    client.say('SubscribeStatesRequest');
    const command = async (fields: Partial<Fields<'MediaPlayerCommandRequest'>>) => {
      client.say('MediaPlayerCommandRequest', fields);
      await clock.run(1);
    };
    await command({ hasVolume: true, volume: 0.4 });
    await command({ hasCommand: true, command: 7 });
    await command({ hasVolume: true, volume: 0.95 });
    await command({ hasCommand: true, command: 6 });
    await command({ key: 2, hasVolume: true, volume: 0.1 });
    await command({ hasVolume: true, volume: 7 });
    await command({ hasVolume: true, volume: Number.NaN });
    assert.deepEqual(set, [40, 30, 95, 100]);
    assert.equal(client.named('MediaPlayerStateResponse').at(-1)?.volume, 1);
  });

  test('mute and press: as the device allows; a refused mute shows the switch as it was', async () => {
    const done: string[] = [];
    const { satellite, client, clock } = virtualSatellite({
      features: ['mute', 'press'],
      actions: {
        async control(action) {
          if (action === 'unmute') throw new Error('a person has muted it');
          done.push(action);
        },
      },
    });
    client.say('ListEntitiesRequest');
    client.say('SubscribeStatesRequest');
    assert.equal(client.named('ListEntitiesSwitchResponse').length, 1);
    assert.equal(client.named('ListEntitiesButtonResponse').length, 1);
    client.say('SwitchCommandRequest', { key: 3, state: true });
    client.say('SwitchCommandRequest', { key: 1, state: true });
    client.say('ButtonCommandRequest', { key: 4 });
    client.say('ButtonCommandRequest', { key: 3 });
    satellite.setMuted(true);
    await clock.run(1);
    assert.deepEqual(done, ['mute', 'press']);
    const shown = () => client.named('SwitchStateResponse').map(({ state }) => state);
    assert.deepEqual(shown(), [false, true]);
    client.say('SwitchCommandRequest', { key: 3, state: false });
    await clock.run(1);
    assert.deepEqual(shown(), [false, true, true]);
  });

  test('of a device without these features there is neither', () => {
    const { client } = virtualSatellite({ features: ['say'] });
    client.say('ListEntitiesRequest');
    client.say('SubscribeStatesRequest');
    const named = ['ListEntitiesSwitchResponse', 'ListEntitiesButtonResponse', 'SwitchStateResponse'] as const;
    for (const name of named) assert.deepEqual(client.named(name), [], name);
  });

  test('an announcement that cannot be made has failed', async () => {
    const { client, clock } = virtualSatellite({
      actions: { announce: async () => Promise.reject(new Error('no cloud')) },
    });
    client.say('VoiceAssistantAnnounceRequest', { text: 'Dinner is ready.' });
    await clock.run(1);
    assert.deepEqual(client.named('VoiceAssistantAnnounceFinished'), [{ success: false }]);
  });

  test('of commands that never end, 32 are under way', async () => {
    let begun = 0;
    const { client, clock } = virtualSatellite({
      actions: {
        announce() {
          begun += 1;
          return new Promise(() => {});
        },
      },
    });
    for (let i = 0; i < 100; i++) client.say('VoiceAssistantAnnounceRequest', { text: 'Dinner is ready.' });
    await clock.run(1);
    assert.equal(begun, 32);
  });

  test('a client that can take speech by UDP only does not get the speech', async () => {
    const line = virtualSatellite({ isSubscribed: false });
    line.client.say('SubscribeVoiceAssistantRequest', { subscribe: true, flags: 0 });
    await line.clock.run(10);
    await line.speak(1);
    assert.deepEqual(line.client.named('VoiceAssistantRequest'), []);
  });
});

test('a timer of Home Assistant is one of the device, whatever becomes of it', async () => {
  const calls: unknown[] = [];
  const onTimer = createTimers({
    wallNow: () => 1_000_000,
    reminders: {
      async add(_device, reminder) {
        calls.push([reminder.label, reminder.atMs, reminder.durationMs]);
        return { ...reminder, id: reminder.id ?? '' };
      },
      async cancel() {
        calls.push('cancel');
        return true;
      },
    },
  });
  const timer = { timerId: 'one', name: 'pasta', totalSeconds: 60, secondsLeft: 50, isActive: true };
  const tell = (eventType: number, change = {}) => onTimer('kitchen', { ...timer, eventType, ...change });
  await tell(0);
  await tell(1, { isActive: false });
  await tell(1, { secondsLeft: 40 });
  await tell(3, { secondsLeft: 0 });
  await tell(2);
  await tell(9);
  await tell(3, { timerId: 'before a restart', name: 'eggs', totalSeconds: 0 });
  assert.deepEqual(calls, [
    ['pasta', 1_050_000, 60_000],
    'cancel',
    ['pasta', 1_040_000, 60_000],
    ['eggs', 1_000_000, undefined],
  ]);
});

describe('who a device is', () => {
  const state = mkdtempSync(join(tmpdir(), 'earshot-test-identities-'));
  after(() => rmSync(state, { recursive: true }));

  test('the same after a restart; only its user can read the key', () => {
    const first = openSatelliteIdentities(state);
    const ports = ['kitchen', 'Küche, groß', '日本'].map((device) => first.portOf(device, 7_000));
    assert.deepEqual(ports, [7_000, 7_001, 7_002]);
    const second = openSatelliteIdentities(state);
    assert.equal(second.key, first.key);
    assert.equal(second.portOf('日本', 9_000), 7_002);
    assert.deepEqual(second.of('kitchen'), first.of('kitchen'));
    assert.equal(statSync(homeAssistantFile(state)).mode & 0o777, 0o600);
    assert.equal(Buffer.from(first.key, 'base64').length, 32);
  });

  test('names are host names of up to 31 characters, and differ', () => {
    const { of } = openSatelliteIdentities(state);
    const names = ['kitchen', 'kitchen ', '日本', 'x'.repeat(128), '-- --'].map((device) => of(device).name);
    for (const name of names) assert.match(name, /^earshot(-[a-z0-9]+)*-[0-9a-f]{6}$/);
    assert.ok(Math.max(...names.map(({ length }) => length)) <= 31);
    assert.equal(new Set(names).size, names.length);
  });

  test('without a free port, and with a damaged file, it is said what to do', () => {
    const { portOf } = openSatelliteIdentities(state);
    assert.throws(() => portOf('cellar', 65_536), { code: 'satellites_full' });
    writeFileSync(homeAssistantFile(state), `${readFileSync(homeAssistantFile(state), 'utf8')}}`);
    assert.throws(() => openSatelliteIdentities(state), { code: 'store_failed', hint: /Delete it/ });
  });
});

describe('a server on the network', async () => {
  const identity = { device: 'kitchen', name: 'earshot-kitchen-1a2b3c', macAddress: '02:00:00:1A:2B:3C' };
  const satellite = new Satellite({
    ...{ identity, version: '0.0.0', clock: systemClock, log: silentLog },
    features: [],
    actions: { async setVolume() {}, async control() {}, announce: async () => true, async timer() {} },
  });
  const port = await freePort();
  const server = await openApiServer({
    ...{ host: '127.0.0.1', port, satellite, identity, key: undefined, clock: systemClock, log: silentLog },
  });
  after(() => server.close());

  const frame = (name: MessageName, fields = {}) =>
    encodePlainFrame({ id: MESSAGES[name].id, body: encodeMessage(name, fields) });
  /** Names of the answers, until the server closes or `count` have come. */
  async function answers(socket: Socket, count: number): Promise<string[]> {
    const received = new ReceivedBytes();
    const names: string[] = [];
    for await (const chunk of socket) {
      received.append(chunk as Buffer);
      for (let next = takePlainFrame(received); next; next = takePlainFrame(received)) {
        const { id } = next;
        names.push(Object.entries(MESSAGES).find(([, message]) => message.id === id)?.[0] ?? `${id}`);
      }
      if (names.length >= count) break;
    }
    return names;
  }
  const opened = async () => {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  };

  test('answers what an older client asks, too, and what it does not know not at all', async () => {
    const socket = await opened();
    socket.write(
      Buffer.concat([
        frame('HelloRequest'),
        frame('AuthenticationRequest'),
        encodePlainFrame({ id: 34, body: new Uint8Array(0) }),
      ]),
    );
    socket.write(Buffer.concat([frame('PingRequest'), frame('DisconnectRequest')]));
    assert.deepEqual(await answers(socket, 4), [
      'HelloResponse',
      'AuthenticationResponse',
      'PingResponse',
      'DisconnectResponse',
    ]);
  });

  test('closes for who does not say hello first, or sends no frames; the others go on', async () => {
    const honest = await opened();
    honest.write(frame('HelloRequest'));
    const hostile = [
      frame('VoiceAssistantAnnounceRequest', { text: 'hm' }),
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.alloc(70_000, 255),
    ];
    for (const bytes of hostile) {
      const socket = await opened();
      socket.on('error', () => {});
      socket.write(bytes);
      assert.deepEqual(await answers(socket, 1).catch(() => []), []);
    }
    honest.write(frame('PingRequest'));
    assert.deepEqual(await answers(honest, 2), ['HelloResponse', 'PingResponse']);
    honest.destroy();
  });

  test('drops who does not read what it is sent', async () => {
    const socket = await opened();
    socket.on('error', () => {});
    socket.pause();
    socket.write(frame('HelloRequest'));
    const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
    const ask = Buffer.concat(Array.from({ length: 2_000 }, () => frame('ListEntitiesRequest')));
    for (let i = 0; i < 40 && socket.writable; i++) {
      if (!socket.write(ask))
        await Promise.race([once(socket, 'drain'), closed, new Promise((resolve) => setTimeout(resolve, 100))]);
    }
    socket.resume();
    const isLate = await Promise.race([
      closed.then(() => false),
      new Promise<boolean>((resolve) => setTimeout(resolve, 30_000, true).unref()),
    ]);
    assert.ok(!isLate, 'it was not dropped');
  });
});

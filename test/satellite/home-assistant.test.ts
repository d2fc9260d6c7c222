/**
 * A device, a gateway as it is, and Home Assistant played by `esphome-client`: real sockets, encryption, codec, cloud and voice.
 */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { createOpusDecoder } from '../../actors/codec/opus.ts';
import { makeKey } from '../../src/core/esphome/wire.ts';
import type { Settings } from '../../src/protocol/control.ts';
import { eventually } from '../support/eventually.ts';
import { inTime, once } from '../support/in-time.ts';
import { alignedCorrelation, readSamples, SHORT_SPEECH, throughCodec } from '../support/speech.ts';
import { wavOf } from '../support/wav-of.ts';
import { connectDevice, helloOf, type WireDevice } from '../support/wire-device.ts';
import { installPeer, type Peer, type PeerEvent, startPeer } from './peer.ts';
import { type SatelliteGateway, startSatelliteGateway } from './satellite-gateway.ts';

const skip = await installPeer();
/** Of ESPHome's api.proto. */
const EVENT = {
  error: 0,
  runStart: 1,
  runEnd: 2,
  sttEnd: 4,
  intentEnd: 6,
  ttsStart: 7,
  ttsEnd: 8,
  streamStart: 98,
  streamEnd: 99,
};
const ANSWER = readSamples(SHORT_SPEECH);
const SPOKEN = throughCodec(ANSWER);
const bytesOf = (samples: Int16Array) => Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);

describe('Home Assistant, played by esphome-client', { skip }, () => {
  let house: SatelliteGateway;
  let files: Server;
  let filesUrl = '';
  /** What is served, by path. */
  const served = new Map<string, Buffer>();
  let device: WireDevice;
  let frames: Uint8Array[] = [];
  let peer: Peer;
  let devices = 0;

  before(async () => {
    house = await startSatelliteGateway();
    files = createServer((request, response) => {
      const file = served.get(request.url ?? '');
      response.writeHead(file ? 200 : 404, { 'content-type': 'audio/wav' });
      response.end(file);
    });
    await once(files.listen(0, '127.0.0.1'), 'listening');
    filesUrl = `http://127.0.0.1:${(files.address() as AddressInfo).port}`;
  });
  after(async () => {
    await peer.end();
    files.close();
    await house.close();
  });

  beforeEach(async () => {
    // Each test has a device of its own, and so a port.
    const name = `kitchen ${++devices}`;
    frames = [];
    device = await connectDevice(house.gateway.url, {
      hello: { ...helloOf(name, 3), features: ['say', 'reminders', 'mute', 'press'] },
      onPacket: (packet) => frames.push(...packet.frames),
    });
    // One process for all tests, until one ends it.
    if (!peer?.isRunning()) peer = startPeer();
    peer.forgetEvents();
  });
  afterEach(async () => {
    if (peer.isRunning()) await peer.call('disconnect');
    device.close();
  });

  /** The server begins to listen when the session has begun. */
  async function connectPeer(psk: string = house.key()) {
    for (let attempt = 1; ; attempt++) {
      try {
        return await peer.call('connect', { host: '127.0.0.1', port: house.portOf(`kitchen ${devices}`), psk });
      } catch (error) {
        const isRefused = error instanceof Error && /ECONNREFUSED|refused/i.test(error.message);
        if (!isRefused || attempt === 100) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }
  async function subscribed() {
    const connected = await connectPeer();
    await peer.call('subscribe');
    // It is answered after what was sent before it.
    await peer.call('configuration');
    // The cloud knows the device now: to one that it does not know nothing is announced.
    await device.waitFor('reminders');
    return connected;
  }
  const event = (type: number, data: Record<string, string> = {}) => peer.call('event', { type, data });
  /** @param from the event of the peer from which on it is looked for */
  async function accept(from = 0): Promise<void> {
    await peer.waitFor((each) => each.event === 'request' && each.start, 'the request', from);
    await peer.call('respond', {});
    await peer.waitFor((each) => each.event === 'audio' && each.end, 'the end of the speech', from);
  }
  async function words(text: string): Promise<void> {
    await event(EVENT.runStart);
    await event(EVENT.sttEnd, { text: 'turn on the light' });
    await event(EVENT.intentEnd, { conversation_id: 'one', continue_conversation: '0' });
    await event(EVENT.ttsStart, { text });
  }
  function heard(): Int16Array {
    const decoder = createOpusDecoder();
    return Int16Array.from(frames.flatMap((frame) => [...decoder.decode(frame)]));
  }
  const captions = () => device.messages.flatMap((message) => (message.type === 'reply.text' ? [message.text] : []));
  /** A second from the middle of the speech is in it. */
  const isLike = (samples: Int16Array) => {
    const { correlation } = alignedCorrelation(SPOKEN.slice(16_000, 32_000), samples);
    assert.ok(correlation > 0.8, `${samples.length} samples, correlation ${correlation}`);
  };

  test('it finds a voice satellite with a speaker, a state, a switch and a button', async () => {
    const { info, entities, capabilities } = await connectPeer();
    assert.match(info.name, /^earshot-kitchen-\d+-[0-9a-f]{6}$/);
    assert.match(info.macAddress, /^02(:[0-9A-F]{2}){5}$/);
    assert.equal(info.friendlyName, `kitchen ${devices}`);
    assert.deepEqual(
      entities.map(({ id }: { id: string }) => id),
      ['media_player-speaker', 'text_sensor-state', 'switch-mute', 'button-press'],
    );
    assert.deepEqual(capabilities.voiceAssistant, {
      ...{ supported: true, speaker: true, apiAudio: true, announcements: true, timerEvents: true },
      ...{ startConversation: true, stereoAudio: false },
    });
    assert.equal(capabilities.encryption.active, true);
    assert.deepEqual(await peer.call('configuration'), {
      ...{ activeWakeWords: [], availableWakeWords: [], maxActiveWakeWords: 0 },
    });
  });

  test('a device that comes back and allows less shows less', async () => {
    await connectPeer();
    const name = `kitchen ${devices}`;
    device = await connectDevice(house.gateway.url, { hello: { ...helloOf(name, 3), features: ['say'] } });
    await device.waitFor('welcome');
    const { entities } = await connectPeer();
    assert.deepEqual(
      entities.map(({ id }: { id: string }) => id),
      ['media_player-speaker', 'text_sensor-state'],
    );
  });

  test('a whole turn: its speech arrives, the words and the audio of the answer come back', async () => {
    await subscribed();
    const spoken = device.speak();
    await accept();
    const speech = Buffer.concat(
      peer.events.flatMap((each) => (each.event === 'audio' ? [Buffer.from(each.data, 'base64')] : [])),
    );
    isLike(Int16Array.from({ length: speech.length >> 1 }, (_, i) => speech.readInt16LE(2 * i)));
    await words('The light is on. Good night.');
    await event(EVENT.streamStart);
    await event(EVENT.ttsEnd, { url: `${filesUrl}/nothing.wav` });
    await event(EVENT.runEnd);
    for (let at = 0; at < ANSWER.length; at += 8_000) {
      await peer.call('audio', { data: bytesOf(ANSWER.slice(at, at + 8_000)).toString('base64'), end: false });
    }
    await event(EVENT.streamEnd);
    const { turn } = await spoken;
    const processing = await device.waitFor('turn.processing', (message) => message.turn === turn);
    assert.equal(processing.transcript, 'turn on the light');
    assert.deepEqual(captions(), ['The light is on.', 'Good night.']);
    isLike(heard());
    device.send({ type: 'playback', turn, event: 'drained', playedMs: 3_000 });
    await peer.waitFor(
      ({ event: name, entity }) => name === 'state' && entity.state === 'responding',
      'the state responding',
    );
    const at = peer.events.findIndex(({ entity }) => entity?.state === 'responding');
    await peer.waitFor(({ entity }) => entity?.state === 'idle', 'the state idle', at);
  });

  test('the answer at an address: fetched, and Home Assistant is told when it was played', async () => {
    await subscribed();
    served.set('/answer.wav', Buffer.from(wavOf([ANSWER])));
    const spoken = device.speak();
    await accept();
    await words('The light is on.');
    await event(EVENT.ttsEnd, { url: `${filesUrl}/answer.wav` });
    await event(EVENT.runEnd);
    await spoken;
    isLike(heard());
  });

  test('an answer that is no WAV file, or is not there: the person hears an apology', async () => {
    await subscribed();
    served.set('/answer.mp3', Buffer.concat([Buffer.from('ID3'), Buffer.alloc(4_000, 7)]));
    for (const path of ['/answer.mp3', '/gone.wav']) {
      const from = peer.events.length;
      const spoken = device.speak();
      await accept(from);
      await words('The light is on.');
      await event(EVENT.ttsEnd, { url: filesUrl + path });
      await event(EVENT.runEnd);
      await spoken;
      assert.match(captions().at(-1) ?? '', /^Sorry/, path);
    }
  });

  test('an error of the pipeline, and a connection that breaks: an apology each', async () => {
    await subscribed();
    const first = device.speak();
    await accept();
    await event(EVENT.error, { code: 'intent-failed', message: 'something' });
    await event(EVENT.runEnd);
    await first;
    assert.deepEqual(captions(), ['Sorry, I have no answer right now.']);
    const from = peer.events.length;
    const second = device.speak();
    await peer.waitFor((each) => each.event === 'request' && each.start, 'the second request', from);
    await peer.call('vanish').catch(() => {});
    await second;
    assert.equal(captions().at(-1), 'Sorry, Home Assistant is not connected.');
    await device.speak();
    assert.equal(captions().length, 3);
  });

  test('without its key it is told, and gets nothing', async () => {
    await assert.rejects(connectPeer(makeKey()), /Handshake MAC failure/);
    await device.speak();
    assert.deepEqual(captions(), ['Sorry, Home Assistant is not connected.']);
  });

  test('it announces a sound with its text: the device says it in a turn of its own', async () => {
    await subscribed();
    served.set('/ding.wav', Buffer.from(wavOf([ANSWER.slice(0, 8_000)])));
    served.set('/dinner.wav', Buffer.from(wavOf([ANSWER])));
    const announced = peer.call('announce', {
      ...{ mediaId: `${filesUrl}/dinner.wav`, preannounceMediaId: `${filesUrl}/ding.wav`, text: 'Dinner is ready.' },
      timeoutMs: 60_000,
    });
    const { id } = await device.waitFor('say');
    await announcedTurn(id);
    assert.equal(await announced, true);
    assert.deepEqual(captions(), ['Dinner is ready.']);
    const samples = heard();
    isLike(samples);
    assert.ok(samples.length > ANSWER.length + 7_000, `${samples.length} samples`);
  });

  test('it announces words without a sound: the gateway speaks them; one that the device declines has failed', async () => {
    await subscribed();
    const announced = peer.call('announce', { text: 'Dinner is ready.', timeoutMs: 60_000 });
    const { id } = await device.waitFor('say');
    await announcedTurn(id);
    assert.equal(await announced, true);
    assert.ok(!device.messages.some((message) => message.type === 'turn.done' && message.asks));
    const asking = peer.call('announce', { text: 'Shall I?', startConversation: true, timeoutMs: 60_000 });
    const asked = await device.waitFor('say', (message) => message.text === 'Shall I?');
    await announcedTurn(asked.id);
    await device.waitFor('turn.done', (message) => message.asks === true);
    assert.equal(await asking, true);
    const declined = peer.call('announce', { text: 'Good night.', timeoutMs: 60_000 });
    const second = await device.waitFor('say', (message) => message.text === 'Good night.');
    device.send({ type: 'say.declined', id: second.id, reason: 'quiet-hours' });
    assert.equal(await declined, false);
  });

  test('it sets, changes and cancels a timer: the device has it', async () => {
    await subscribed();
    const labels = (message: { reminders: readonly { label: string }[] }) =>
      message.reminders.map(({ label }) => label).join();
    const timer = { timerId: 'one', name: 'pasta', totalSeconds: 600, secondsLeft: 600, isActive: true };
    await peer.call('timer', { ...timer, eventType: 0 });
    const set = await device.waitFor('reminders', (message) => labels(message) === 'pasta');
    const [reminder] = set.reminders;
    assert.equal(reminder?.kind, 'timer');
    assert.ok(Math.abs((reminder?.at ?? 0) - set.now - 600_000) < 60_000);
    await peer.call('timer', { ...timer, secondsLeft: 1_200, eventType: 1 });
    await device.waitFor('reminders', ({ now, reminders }) => reminders.some(({ at }) => at - now > 1_000_000));
    const before = device.messages.length;
    await peer.call('timer', { ...timer, eventType: 2 });
    await device.waitFor(
      'reminders',
      (message) => message.reminders.length === 0 && device.messages.indexOf(message) >= before,
    );
    // One that was set before a restart of the gateway rings at once.
    await peer.call('timer', { ...timer, timerId: 'two', name: 'eggs', secondsLeft: 0, eventType: 3 });
    const late = await device.waitFor('reminders', (message) => labels(message) === 'eggs');
    assert.ok((late.reminders[0]?.at ?? 0) <= late.now + 1_000);
  });

  test('it sets the volume: the device gets it, and shows it', async () => {
    await subscribed();
    await peer.call('command', { id: 'media_player-speaker', command: { volume: 0.4 } });
    const isSet = ({ settings }: { settings: Settings }) => settings.volumePercent === 40;
    await device.waitFor('settings', isSet);
    await peer.waitFor(({ entity }) => Math.abs((entity?.volume ?? 1) - 0.4) < 0.01, 'the volume');
  });

  test('it mutes and presses: the device is told, and the switch shows what the device tells', async () => {
    await subscribed();
    const isShown = (state: boolean) => (each: PeerEvent) =>
      each.event === 'state' && each.entity.type === 'switch' && each.entity.state === state;
    await peer.call('command', { id: 'switch-mute', command: { state: true } });
    assert.equal((await device.waitFor('control')).action, 'mute');
    device.send({ type: 'mute', muted: true, by: 'gateway' });
    await peer.waitFor(isShown(true), 'muted');
    await peer.call('command', { id: 'switch-mute', command: { state: false } });
    await device.waitFor('control', ({ action }) => action === 'unmute');
    await peer.call('command', { id: 'button-press', command: {} });
    await device.waitFor('control', ({ action }) => action === 'press');
    // The person mutes: the switch is on, and cannot be turned off.
    const from = peer.events.length;
    device.send({ type: 'mute', muted: true, by: 'person' });
    await eventually(async () => {
      const ready = await house.cloud.ready;
      const told = new Promise((resolve) => {
        const unwatch = ready.watchDevice(`kitchen ${devices}`, ({ connection }) => {
          queueMicrotask(() => unwatch());
          resolve(connection?.mutedBy);
        });
      });
      const muter = await inTime(told, 'the state of the device');
      return muter === 'person';
    }, 'the cloud knows');
    const before = device.messages.length;
    await peer.call('command', { id: 'switch-mute', command: { state: false } });
    await peer.waitFor(isShown(true), 'it stays muted', from);
    assert.ok(!device.messages.slice(before).some(({ type }) => type === 'control'));
  });

  /** As a device makes an announcement: a turn without an utterance. */
  async function announcedTurn(id: string): Promise<void> {
    const { turn } = await device.speak({ frames: [], announcement: id });
    device.send({ type: 'playback', turn, event: 'drained', playedMs: 1_000 });
  }
});

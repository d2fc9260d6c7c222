/** The client library against the real gateway, over real sockets: a program brings Opus frames, and gets those of the reply. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { WebSocket } from 'ws';
import type { Answer, Responder } from '../../actors/responder/responder.ts';
import { createFrameAudio } from '../../src/client/frames.ts';
import {
  type Client,
  type ClientAudio,
  type ClientOptions,
  createClient,
  EarshotError,
  type Turn,
} from '../../src/client/index.ts';
import { memoryDisk } from '../../src/client/memory-disk.ts';
import { platformClock } from '../../src/client/platform.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { type Gateway, startGateway } from '../../src/gateway/gateway.ts';
import { MAX_OFFLINE_BUFFER } from '../../src/protocol/format.ts';
import { type FaultProxy, startFaultProxy } from '../faults/proxy.ts';
import { freePort } from '../support/free-port.ts';
import { inTime } from '../support/in-time.ts';
import { withoutCloud } from '../support/no-cloud.ts';
import { next } from './events.ts';

/** Any bytes are frames for a program without a codec. */
const frame = (of: number, i: number) => Uint8Array.of(of, i >> 8, i & 0xff);
const numbers = (frames: Uint8Array[]) => frames.map(([, high = 0, low = 0]) => high * 256 + low);
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

/** Frames of an utterance by the id of the turn, in the order in which they came. */
const heard = new Map<string, number[]>();
/** Frames of the recorded turns, by the id of the turn, a row for each recording. */
const recorded: { id: string; frames: number[] }[] = [];
const recordingsOf = (turn: Turn) => recorded.filter(({ id }) => id === turn.id).map(({ frames }) => frames);
/** Frames of the reply. */
let replyFrames = 50;
let answers: ((answer: Answer) => void)[] = [];

const responder: Responder = ({ id }, answer) => {
  const frames: number[] = [];
  heard.set(id, frames);
  return {
    hear(packet) {
      frames.push(...numbers(packet.frames));
      if (frames.length === packet.frames.length) answer.partial('what is');
      if (!packet.final) return;
      answer.processing('what is said');
      answer.say(upTo(replyFrames).map((i) => frame(9, i)));
      answer.caption('This is', 0);
      answer.caption('the answer.', 400);
      const finish = () => answer.finish();
      if (answers.length > 0) answers.shift()?.(answer);
      else finish();
    },
    abort() {},
  };
};

let gateway: Gateway;
let proxy: FaultProxy;
const clients: Client[] = [];
before(async () => {
  gateway = await startGateway({
    ...{ host: '127.0.0.1', port: 0, responder, log: silentLog },
    cloud: withoutCloud({
      has: (_device, id) => recorded.some((each) => each.id === id),
      async record({ id, audio }) {
        const frames: number[] = [];
        for await (const packets of audio.packets())
          frames.push(...packets.flatMap((packet) => numbers(packet.frames)));
        recorded.push({ id, frames });
      },
    }),
  });
  proxy = await startFaultProxy({ target: { host: '127.0.0.1', port: Number(new URL(gateway.url).port) } });
});
afterEach(async () => {
  replyFrames = 50;
  answers = [];
  for (const client of clients.splice(0)) await client.close();
});
after(async () => {
  await proxy.close();
  await gateway.close();
});

function open(options: Partial<ClientOptions> = {}): Client {
  const client = createClient({ url: gateway.url, name: 'script', WebSocket, ...options });
  clients.push(client);
  return client;
}

async function connected(options: Partial<ClientOptions> = {}): Promise<Client> {
  const client = open(options);
  const isConnected = next(client, 'state', ({ state }) => state === 'connected');
  client.connect();
  await isConnected;
  return client;
}

/** The numbers of the reply's frames. */
function received(turn: Turn): number[] {
  const frames: number[] = [];
  turn.on('frame', (event) => frames.push(...numbers([event.frame])));
  return frames;
}

function speak(turn: Turn, from = 0, to = 50): void {
  for (let i = from; i < to; i++) turn.send(frame(1, i));
}

test('a turn: its frames, its words, and the reply with its captions', async () => {
  const client = await connected();
  const told: string[] = [];
  client.on('turn', ({ trigger }) => told.push(`turn of ${trigger}`));
  const turn = client.talk('api');
  for (const name of ['processing', 'playing'] as const) turn.on(name, () => told.push(name));
  turn.on('transcript', ({ text, isFinal }) => told.push(`${isFinal ? 'heard' : 'hears'} ${text}`));
  turn.on('reply', ({ text }) => told.push(`says ${text}`));
  const frames = received(turn);
  const done = next(turn, 'done');
  const stored = next(turn, 'stored');
  assert.equal(client.turn, turn);
  speak(turn);
  assert.equal(turn.isEnded, false);
  turn.end();
  assert.equal(turn.isEnded, true);
  assert.throws(() => turn.send(frame(1, 51)), /utterance of this turn is over/);
  const { outcome, latencyMs, isOffline } = await done;
  assert.deepEqual([outcome, isOffline], ['done', false]);
  assert.ok((latencyMs.total ?? -1) >= 0, JSON.stringify(latencyMs));
  const words = { transcript: 'what is said', reply: 'This is the answer.' };
  assert.deepEqual(await turn.result, { outcome, latencyMs, isOffline, ...words });
  await stored;
  assert.deepEqual(heard.get(turn.id), upTo(50));
  assert.deepEqual(frames, upTo(50));
  assert.deepEqual(recordingsOf(turn), [upTo(50)]);
  assert.equal(client.turn, undefined);
  const ordered = ['turn of api', 'hears what is', 'heard what is said', 'processing'];
  assert.deepEqual(told.slice(0, 4), ordered);
  assert.deepEqual([...told.slice(4)].sort(), ['playing', 'says This is', 'says This is the answer.']);
});

test('a second talk interrupts the reply, and its turn is answered', async () => {
  const client = await connected();
  // Longer than any test takes: only an interruption ends it.
  replyFrames = 20_000;
  const first = client.talk();
  const playing = next(first, 'playing');
  const interrupted = next(first, 'done');
  speak(first);
  first.end();
  await playing;
  replyFrames = 20;
  const second = client.talk('voice');
  assert.equal(client.turn, second);
  assert.equal((await interrupted).outcome, 'barge-in');
  const frames = received(second);
  const done = next(second, 'done');
  speak(second);
  second.end();
  assert.equal((await done).outcome, 'done');
  assert.deepEqual(frames, upTo(20));
});

test('a turn may be begun, ended and given up in a listener, and while another is spoken it is the same', async () => {
  const client = await connected();
  const first = client.talk();
  assert.equal(client.talk(), first);
  let second: Turn | undefined;
  const finished = new Promise<string>((resolve) => {
    first.on('done', () => {
      second = client.talk();
      second.on('done', ({ outcome }) => resolve(outcome));
      speak(second, 0, 3);
      second.end();
    });
  });
  speak(first, 0, 3);
  first.end();
  assert.equal(await inTime(finished, 'the end of the second turn'), 'done');
  const third = client.talk();
  const given = next(third, 'done');
  speak(third, 0, 3);
  third.abort();
  assert.equal((await given).outcome, 'cancelled');
  assert.throws(() => third.send(frame(1, 3)), /over/);
});

test('the line is cut in the middle of an utterance: the turn is resumed, and every frame arrives once', async () => {
  const client = await connected({ url: `ws://127.0.0.1:${proxy.port}`, name: 'cut in speech' });
  const turn = client.talk();
  const frames = received(turn);
  const done = next(turn, 'done');
  const understood = next(turn, 'transcript');
  speak(turn, 0, 100);
  await understood;
  const lost = next(client, 'state', ({ state }) => state === 'reconnecting');
  proxy.cutAfter(150);
  speak(turn, 100, 200);
  assert.equal((await lost).error?.code, 'gateway_closed');
  speak(turn, 200, 300);
  turn.end();
  assert.equal((await done).outcome, 'done');
  assert.deepEqual(heard.get(turn.id), upTo(300));
  assert.deepEqual(frames, upTo(50));
  assert.deepEqual(recordingsOf(turn), [upTo(300)]);
});

test('the line is cut in the middle of a reply: it goes on where it was', async () => {
  const client = await connected({ url: `ws://127.0.0.1:${proxy.port}`, name: 'cut in reply' });
  replyFrames = 120;
  const turn = client.talk();
  const frames = received(turn);
  const done = next(turn, 'done');
  const begun = next(turn, 'frame');
  speak(turn);
  turn.end();
  await begun;
  const lost = next(client, 'state', ({ state }) => state === 'reconnecting');
  proxy.reset();
  await lost;
  assert.equal((await done).outcome, 'done');
  assert.deepEqual(frames, upTo(120));
});

test('what is said without a gateway is delivered later', async () => {
  const port = await freePort();
  const client = open({ url: `ws://127.0.0.1:${port}`, name: 'offline' });
  const refused = next(client, 'state', ({ state }) => state === 'reconnecting');
  client.connect();
  const { error, retryAtMs = 0 } = await refused;
  assert.equal(error?.code, 'gateway_unreachable');
  assert.ok(retryAtMs > Date.now() - 60_000);
  const turn = client.talk();
  const done = next(turn, 'done');
  const kept = next(client, 'unsent', ({ turns }) => turns === 1);
  speak(turn);
  turn.end();
  assert.equal((await done).isOffline, true);
  await kept;
  const late = await startFaultProxy({ port, target: { host: '127.0.0.1', port: Number(new URL(gateway.url).port) } });
  const stored = next(turn, 'stored');
  const sent = next(client, 'unsent', ({ turns }) => turns === 0);
  client.retry();
  await stored;
  await sent;
  assert.deepEqual(recordingsOf(turn), [upTo(50)]);
  await client.close();
  await late.close();
});

test('a turn for which there is no room any more is undeliverable, and its program is told', async () => {
  const client = open({ url: `ws://127.0.0.1:${await freePort()}`, name: 'full' });
  client.connect();
  await next(client, 'state', ({ state }) => state === 'reconnecting');
  const undeliverable: [turn: number, code: string][] = [];
  for (let i = 0; i <= MAX_OFFLINE_BUFFER + 1; i++) {
    const turn = client.talk();
    turn.on('undeliverable', ({ code }) => undeliverable.push([i, code]));
    const done = next(turn, 'done');
    speak(turn, 0, 3);
    turn.end();
    await done;
  }
  assert.deepEqual(undeliverable, [
    [0, 'store_full'],
    [1, 'store_full'],
  ]);
});

test('turns that a closed client has not delivered are delivered by the next with the same storage', async () => {
  const turns = { disk: memoryDisk(), folder: 'turns' };
  const before = open({ url: `ws://127.0.0.1:${await freePort()}`, name: 'again', turns });
  before.connect();
  const turn = before.talk();
  speak(turn, 0, 20);
  const over = next(turn, 'done');
  turn.end();
  await before.close();
  assert.equal((await over).isOffline, true);
  const after = open({ name: 'again', turns });
  const delivered = next(after, 'turn');
  after.connect();
  const again = await delivered;
  assert.equal(again.id, turn.id);
  assert.equal(again.trigger, undefined);
  assert.deepEqual(recordingsOf(turn), [upTo(20)]);
});

test('audio that is opened later takes the place of frames: a turn that runs is cancelled, the next one is heard', async () => {
  const client = await connected();
  const cut = client.talk();
  speak(cut, 0, 3);
  const given = next(cut, 'done');
  const played: Uint8Array[] = [];
  const audio = createFrameAudio({
    framesPerPacket: 2,
    hosting: { clock: platformClock, log: silentLog },
    onFrame: (_, each) => played.push(each),
  });
  client.useAudio(audio);
  assert.equal((await given).outcome, 'cancelled');
  const turn = client.talk();
  assert.throws(() => turn.send(frame(1, 0)), /has audio/);
  const done = next(turn, 'done');
  for (const i of upTo(21)) audio.send(frame(1, i));
  turn.end();
  assert.equal((await done).outcome, 'done');
  assert.deepEqual(recordingsOf(turn), [upTo(21)]);
  assert.deepEqual(numbers(played), upTo(50));
});

test('audio is opened at the first talk, once; a turn that is ended before is none, and a failure ends the turn that waits', async () => {
  const played: Uint8Array[] = [];
  const audio = createFrameAudio({
    framesPerPacket: 1,
    hosting: { clock: platformClock, log: silentLog },
    onFrame: (_, each) => played.push(each),
  });
  let closed = 0;
  const close = async () => {
    closed += 1;
  };
  const results: (() => Promise<ClientAudio>)[] = [
    () => Promise.reject(new EarshotError('microphone_denied', 'not permitted', 'Allow it.')),
    async () => ({ ...audio, close }),
  ];
  let opened = 0;
  const client = await connected({
    audio() {
      opened += 1;
      return results.shift()?.() ?? Promise.reject(new Error('opened again'));
    },
  });
  assert.equal(opened, 0);
  const { outcome, error } = await client.talk().result;
  assert.deepEqual([outcome, error?.code], ['failed', 'microphone_denied']);
  const early = client.talk();
  assert.equal(opened, 2, 'in the gesture');
  assert.equal(client.talk(), early);
  early.end();
  assert.equal((await early.result).outcome, 'cancelled');
  const turn = client.talk();
  for (const i of upTo(21)) audio.send(frame(1, i));
  turn.end();
  assert.equal((await turn.result).outcome, 'done');
  assert.deepEqual([recordingsOf(turn), numbers(played), opened], [[upTo(21)], upTo(50), 2]);
  await client.close();
  assert.equal(closed, 1);
});

test('a listener that throws is reported, and disturbs nothing', async () => {
  const client = await connected();
  const errors: string[] = [];
  client.on('error', ({ message }) => {
    errors.push(message);
    throw new Error('this one, too');
  });
  const turn = client.talk();
  turn.on('done', () => {
    throw new Error('a fault of the page');
  });
  const done = next(turn, 'done');
  speak(turn, 0, 3);
  turn.end();
  assert.equal((await done).outcome, 'done');
  assert.deepEqual(errors, ['a fault of the page']);
});

test('what a program does wrong is told at once', async () => {
  assert.throws(() => createClient({ url: 'ftp://x', name: 'x', WebSocket }), /not the address of a gateway/);
  assert.throws(() => createClient({ url: gateway.url, name: 'x' }), /no WebSocket/);
  assert.throws(() => open().talk(), /closed/);
  const client = await connected();
  assert.throws(() => client.talk('NOT A TRIGGER'), /not a trigger/);
  assert.throws(() => client.talk().send(new Uint8Array(0)), /1 to 1275 bytes/);
  const over = next(client, 'state', ({ state }) => state === 'closed');
  await client.close();
  assert.deepEqual(await over, { state: 'closed' });
  client.connect();
  await next(client, 'state', ({ state }) => state === 'connected');
});

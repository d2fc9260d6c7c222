/**
 * A client written from docs/protocol.md alone, with none of our code: `ws`, JSON and bytes by hand. And what the gateway does
 * with clients that do not read the page.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import { parrot } from '../../actors/responder/parrot.ts';
import { type Gateway, startGateway } from '../../src/gateway.ts';
import { silentLog } from '../../src/log.ts';
import { withoutCloud } from '../support/no-cloud.ts';

let gateway: Gateway;
const recorded: string[] = [];
before(async () => {
  gateway = await startGateway({
    host: '127.0.0.1',
    port: 0,
    responder: parrot,
    cloud: withoutCloud({
      has: (id) => recorded.includes(id),
      async record({ id }) {
        recorded.push(id);
      },
    }),
    log: silentLog,
  });
});
after(() => gateway.close());

const AUDIO = { codec: 'opus', sampleRateHz: 16_000, channels: 1, frameMs: 20, framesPerPacket: 2 };
const hello = (name: string, fields: object = {}) => ({
  type: 'hello',
  protocol: 1,
  device: { name },
  audio: AUDIO,
  playback: { bufferMs: 600 },
  ...fields,
});
const start = (turn: number, id = `01890a5d-ac96-774b-bcce-00000000000${turn}`) => ({
  type: 'turn.start',
  turn,
  id,
  trigger: 'key',
  startedAt: Date.now(),
});

interface Client {
  socket: WebSocket;
  say(message: object | Buffer | string): void;
  /** Resolves with the first message, past or future, that fits. */
  heard(fits: (message: Message) => boolean, what: string): Promise<Message>;
  closed: Promise<number>;
}
type Message = { type: string; bytes?: Buffer; [field: string]: unknown };

async function dial(path = '/v1/stream', protocols: string[] = ['earshot.v1'], headers = {}): Promise<Client> {
  const socket = new WebSocket(gateway.url + path, protocols, { headers });
  const messages: Message[] = [];
  const waiting = new Set<() => void>();
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    messages.push(isBinary ? { type: 'packet', bytes: Buffer.from(data) } : JSON.parse(data.toString()));
    for (const look of waiting) look();
  });
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  await once(socket, 'open');
  return {
    socket,
    closed,
    say: (message) =>
      socket.send(Buffer.isBuffer(message) || typeof message === 'string' ? message : JSON.stringify(message)),
    heard: (fits, what) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = messages.find(fits);
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
        void closed.then(() => reject(new Error(`closed before ${what}; heard ${JSON.stringify(messages)}`)));
      }),
  };
}

const ofType = (type: string) => (message: Message) => message.type === type;

async function greeted(name: string): Promise<Client> {
  const client = await dial();
  client.say(hello(name));
  await client.heard(ofType('welcome'), 'welcome');
  return client;
}

/** A packet by hand: two frames of three bytes each. */
function packet(turn: number, sequence: number, final = false): Buffer {
  const head = Buffer.alloc(13);
  head[0] = 0x11;
  head[1] = final ? 1 : 0;
  head.writeUInt16BE(turn, 2);
  head.writeUInt32BE(sequence, 4);
  head.writeUInt32BE(sequence * 320, 8);
  head[12] = 2;
  return Buffer.concat([head, Buffer.from([3, sequence, 1, 2, 3, sequence + 1, 1, 2])]);
}

test('a turn goes to the gateway and comes back, byte for byte', async () => {
  const client = await greeted('reader');
  client.say(start(1));
  client.say(packet(1, 0));
  client.say(packet(1, 2, true));
  await client.heard(ofType('turn.processing'), 'turn.processing');
  await client.heard(ofType('reply.start'), 'reply.start');
  const first = await client.heard(({ bytes }) => bytes?.readUInt32BE(4) === 0, 'the first packet');
  const second = await client.heard(({ bytes }) => bytes?.readUInt32BE(4) === 2, 'the second packet');
  const last = await client.heard(({ bytes }) => bytes?.readUInt8(1) === 1, 'FINAL');
  assert.deepEqual(first.bytes, packet(1, 0));
  assert.deepEqual(second.bytes, packet(1, 2));
  assert.equal(last.bytes?.toString('hex'), '11010001000000040000050000', 'the empty FINAL after four frames');
  const stored = await client.heard(ofType('turn.stored'), 'turn.stored');
  assert.equal(stored.id, start(1).id);
  const done = await client.heard(ofType('turn.done'), 'turn.done');
  assert.ok((done.timing as { finalReceivedAtMs: number }).finalReceivedAtMs > 0);
  client.socket.close();
});

test('a ping is answered with the times of the other end', async () => {
  const client = await greeted('pinger');
  client.say({ type: 'ping', t0: 42 });
  const pong = await client.heard(ofType('pong'), 'pong');
  assert.equal(pong.t0, 42);
  assert.ok(Number(pong.t2) >= Number(pong.t1) && Math.abs(Number(pong.t1) - Date.now()) < 60_000);
  client.socket.close();
});

test('a turn goes on over a new connection, and the reply too', async () => {
  const first = await dial();
  first.say(hello('wanderer'));
  const welcome = await first.heard(ofType('welcome'), 'welcome');
  first.say(start(1, '01890a5d-ac96-774b-bcce-00000000000a'));
  first.say(packet(1, 0));
  first.say({ type: 'ping', t0: 1 });
  await first.heard(ofType('pong'), 'pong, so that the packet has arrived');
  first.socket.terminate();

  const second = await dial();
  second.say(hello('wanderer', { resume: { session: welcome.session, turn: 1, downlinkNext: 0 } }));
  const again = await second.heard(ofType('welcome'), 'welcome');
  assert.deepEqual([again.resumed, again.uplinkNext, again.session], [true, 2, welcome.session]);
  second.say(packet(1, 2, true));
  const reply = await second.heard(({ bytes }) => bytes?.readUInt32BE(4) === 0, 'the reply');
  assert.deepEqual(reply.bytes, packet(1, 0));
  await second.heard(ofType('turn.done'), 'turn.done');
  second.socket.close();
});

test('an offline turn is stored and done, without a reply; stored once however often it is sent', async () => {
  const client = await greeted('latecomer');
  const id = '01890a5d-ac96-774b-bcce-00000000000b';
  for (const turn of [1, 2]) {
    client.say({ ...start(turn, id), offline: { recordedAt: 5 } });
    client.say(packet(turn, 0, true));
    await client.heard((message) => message.type === 'turn.stored' && message.turn === turn, 'turn.stored');
    await client.heard((message) => message.type === 'turn.done' && message.turn === turn, 'turn.done');
  }
  assert.equal(recorded.filter((each) => each === id).length, 1);
  client.socket.close();
});

test('what is not of the protocol is answered, and the line stays usable', async () => {
  const client = await greeted('clumsy');
  const wrong: [object | Buffer | string, string][] = [
    ['not json', 'message_invalid'],
    [Buffer.from([0x21, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]), 'packet_version'],
    [Buffer.from('text where a packet is due'), 'packet_version'],
    [{ type: 'turn.start', turn: 'one' }, 'message_invalid'],
  ];
  for (const [message, code] of wrong) {
    client.say(message);
    await client.heard((heard) => heard.type === 'error' && heard.code === code, code);
  }
  client.say({ type: 'from.the.future' });
  client.say(start(1, '01890a5d-ac96-774b-bcce-00000000000c'));
  client.say(packet(1, 0, true));
  await client.heard(ofType('turn.done'), 'turn.done');
  client.say('still not json');
  assert.equal(await client.closed, 1_002);
});

test('a packet that runs ahead is refused, and the right one still taken', async () => {
  const client = await greeted('hasty');
  client.say(start(1, '01890a5d-ac96-774b-bcce-00000000000d'));
  client.say(packet(1, 4));
  const error = await client.heard(ofType('error'), 'error');
  assert.equal(error.code, 'packet_ahead');
  client.say(packet(1, 0, true));
  await client.heard(ofType('turn.done'), 'turn.done');
  client.socket.close();
});

test('a new turn, and an abort, end the reply of the old one', async () => {
  const client = await greeted('impatient');
  client.say(start(1, '01890a5d-ac96-774b-bcce-00000000000e'));
  // Ten seconds of speech: the reply is paced, and can be interrupted.
  for (let i = 0; i < 250; i++) client.say(packet(1, 2 * i, i === 249));
  await client.heard(({ bytes }) => bytes?.readUInt16BE(2) === 1, 'the reply');
  client.say(start(2, '01890a5d-ac96-774b-bcce-00000000000f'));
  client.say(packet(2, 0, true));
  await client.heard((message) => message.type === 'turn.done' && message.turn === 2, 'turn.done');
  client.say(start(3, '01890a5d-ac96-774b-bcce-000000000010'));
  client.say({ type: 'turn.abort', turn: 3, reason: 'cancelled' });
  client.say(packet(3, 0, true));
  client.say({ type: 'ping', t0: 7 });
  await client.heard((message) => message.type === 'pong' && message.t0 === 7, 'pong');
  const nothing = client.heard((message) => message.type === 'turn.done' && message.turn !== 2, 'nothing more');
  client.socket.close();
  await assert.rejects(nothing, /closed before nothing more/);
});

test('connections that are none of ours are refused', async () => {
  const refused: [string, string[], object, number][] = [
    ['/v2/stream', ['earshot.v1'], {}, 404],
    ['/v1/stream', ['chat'], {}, 400],
    ['/v1/stream', ['earshot.v1'], { origin: 'https://example.org' }, 403],
  ];
  for (const [path, protocols, headers, status] of refused) {
    await assert.rejects(dial(path, protocols, headers), new RegExp(`Unexpected server response: ${status}`));
  }
});

test('a hello of another version is told which are spoken', async () => {
  const client = await dial();
  client.say(hello('time traveller', { protocol: 9 }));
  const error = await client.heard(ofType('error'), 'error');
  assert.deepEqual([error.code, error.supported], ['unsupported_protocol', [1]]);
  assert.equal(await client.closed, 4_000);
});

test('nothing may come before hello, and hello only once', async () => {
  for (const message of [start(1), packet(1, 0), '{"type":"hello"}']) {
    const client = await dial();
    client.say(message);
    assert.equal(await client.closed, 1_008);
  }
  const twice = await greeted('twice');
  twice.say(hello('twice'));
  const error = await twice.heard(ofType('error'), 'error');
  assert.equal(error.code, 'hello_repeated');
  twice.socket.close();
});

test('a second connection of a device replaces the first', async () => {
  const first = await greeted('twin');
  const second = await greeted('twin');
  assert.equal(await first.closed, 4_001);
  second.say({ type: 'ping', t0: 1 });
  await second.heard(ofType('pong'), 'pong');
  second.socket.close();
});

test('a message that is too long ends the connection', async () => {
  const client = await greeted('verbose');
  client.say('x'.repeat(70_000));
  assert.equal(await client.closed, 1_009);
});

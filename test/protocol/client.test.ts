/**
 * The rules of docs/protocol.md for a client, tested with a client that was written from that page only.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connected, DISCONTINUITY, dial, FINAL, hello, PCM, packet, turnStart } from '../support/client.ts';
import { gatewayForTests, startForTest } from '../support/gateway.ts';

const gateway = gatewayForTests();

describe('a turn', () => {
  test('is echoed by the gateway, byte for byte', async () => {
    const client = await connected(gateway.url, 'reader');
    const start = turnStart(1);
    client.send(start, packet({ turn: 1, sequence: 0 }), packet({ turn: 1, sequence: 2, flags: FINAL }));
    const reply = await client.reply(1);
    assert.deepEqual(reply.slice(0, 2), [packet({ turn: 1, sequence: 0 }), packet({ turn: 1, sequence: 2 })]);
    assert.equal(reply[2]?.toString('hex'), '11010001000000040000050000', 'the empty FINAL after four frames');
    assert.equal(reply.length, 3);
    const stored = await client.waitForMessage('turn.stored', 1);
    assert.equal(stored.id, start.id);
    const { id, timing } = await client.waitForMessage('turn.done', 1);
    assert.equal(id, start.id);
    const { firstReceivedAtMs, finalReceivedAtMs, firstReplySentAtMs } = timing as Record<string, number>;
    assert.ok(Number(firstReceivedAtMs) <= Number(finalReceivedAtMs));
    assert.ok(Number(finalReceivedAtMs) <= Number(firstReplySentAtMs));
    client.close();
  });

  test('is answered in the documented order', async () => {
    const client = await connected(gateway.url, 'orderly');
    client.send(turnStart(1), packet({ turn: 1, sequence: 0, flags: FINAL }));
    await client.waitForMessage('turn.done');
    const types = client.messages.map(({ type }) => type).filter((type) => type !== 'turn.stored' && type !== 'ack');
    assert.deepEqual(types, ['welcome', 'turn.processing', 'reply.start', 'packet', 'packet', 'turn.done']);
    client.close();
  });

  test('may have frames with a length of two bytes, and other packet boundaries than the reply', async () => {
    const client = await connected(gateway.url, 'bulky');
    const frames = [251, 252, 253, 1_275, 1].map((length) => Array.from({ length }, (_, i) => i & 255));
    client.send(turnStart(1), packet({ turn: 1, sequence: 0, flags: FINAL, frames }));
    assert.deepEqual(await client.reply(1), [
      packet({ turn: 1, sequence: 0, frames: frames.slice(0, 2) }),
      packet({ turn: 1, sequence: 2, frames: frames.slice(2, 4) }),
      packet({ turn: 1, sequence: 4, frames: frames.slice(4) }),
      packet({ turn: 1, sequence: 5, flags: FINAL, frames: [] }),
    ]);
    client.close();
  });

  test('may end with the empty FINAL', async () => {
    const client = await connected(gateway.url, 'marker');
    client.send(
      turnStart(1),
      packet({ turn: 1, sequence: 0 }),
      packet({ turn: 1, sequence: 2, flags: FINAL, frames: [] }),
    );
    assert.deepEqual(await client.reply(1), [
      packet({ turn: 1, sequence: 0 }),
      packet({ turn: 1, sequence: 2, flags: FINAL, frames: [] }),
    ]);
    client.close();
  });

  test('without frames is done without a reply', async () => {
    const client = await connected(gateway.url, 'speechless');
    client.send(turnStart(1), packet({ turn: 1, sequence: 0, flags: FINAL, frames: [] }));
    await client.waitForMessage('turn.done', 1);
    assert.ok(!client.messages.some(({ type }) => type === 'reply.start' || type === 'packet'));
    client.close();
  });

  test('whose number is above 16 bits has packets of its low 16 bits', async () => {
    const client = await connected(gateway.url, 'tireless');
    client.send(turnStart(65_537), packet({ turn: 65_537, sequence: 0, flags: FINAL }));
    const [first] = await client.reply(65_537);
    assert.equal(first?.subarray(2, 4).toString('hex'), '0001');
    await client.waitForMessage('turn.done', 65_537);
    client.close();
  });

  test('keeps its pauses: a timestamp may jump where the sequence does not', async () => {
    const client = await connected(gateway.url, 'thoughtful');
    client.send(
      turnStart(1),
      packet({ turn: 1, sequence: 0 }),
      packet({ turn: 1, sequence: 2, timestamp: 8_640 }),
      packet({ turn: 1, sequence: 4, timestamp: 17_280, flags: DISCONTINUITY | FINAL }),
    );
    const reply = await client.reply(1);
    // The last packet had to wait for its time, so it has FINAL itself.
    assert.deepEqual(
      reply.map((bytes) => [bytes.readUInt32BE(4), bytes.readUInt32BE(8)]),
      [
        [0, 0],
        [2, 8_640],
        [4, 17_280],
      ],
    );
    client.close();
  });

  test('of PCM comes back as the same bytes, without the flag', async () => {
    const audio = { codec: 'pcm', sampleRateHz: 16_000, channels: 1, frameMs: 20, framesPerPacket: 1 };
    const client = await connected(gateway.url, 'raw', { audio });
    const frames = [Array.from({ length: 640 }, (_, i) => i & 255)];
    client.send(turnStart(1), packet({ turn: 1, sequence: 0, flags: PCM | FINAL, frames }));
    const { audio: announced } = (await client.waitForMessage('reply.start')) as unknown as {
      audio: { codec: string };
    };
    assert.equal(announced.codec, 'opus');
    assert.deepEqual((await client.reply(1))[0], packet({ turn: 1, sequence: 0, frames }));
    client.close();
  });
});

describe('repeated data', () => {
  test('is ignored, without an error', async () => {
    const client = await connected(gateway.url, 'insistent');
    const first = packet({ turn: 1, sequence: 0 });
    const last = packet({ turn: 1, sequence: 2, flags: FINAL });
    client.send(turnStart(1), first, first, last, last, first);
    assert.deepEqual(
      (await client.reply(1)).map((bytes) => bytes.readUInt32BE(4)),
      [0, 2, 4],
    );
    await client.settled();
    assert.ok(!client.messages.some(({ type }) => type === 'error'));
    client.close();
  });

  test('may be a whole offline turn: it is stored once, and confirmed each time, without a reply', async () => {
    const client = await connected(gateway.url, 'latecomer');
    const { id } = turnStart(1);
    for (const turn of [1, 2]) {
      client.send({ ...turnStart(turn), id, offline: { recordedAt: 5 } }, packet({ turn, sequence: 0, flags: FINAL }));
      await client.waitForMessage('turn.stored', turn);
      await client.waitForMessage('turn.done', turn);
    }
    assert.equal(gateway.recorded.filter((each) => each === id).length, 1);
    assert.ok(!client.messages.some(({ type }) => type === 'packet'));
    client.close();
  });

  test('may be the end of a turn over a new connection; the reply goes on there', async () => {
    const first = await dial(gateway.url);
    first.send(hello('wanderer'));
    const { session } = await first.waitForMessage('welcome');
    first.send(turnStart(1), packet({ turn: 1, sequence: 0 }));
    await first.settled();
    first.terminate();

    const second = await dial(gateway.url);
    second.send(hello('wanderer', { resume: { session, turn: 1, downlinkNext: 0 } }));
    const again = await second.waitForMessage('welcome');
    assert.deepEqual([again.resumed, again.uplinkNext, again.session], [true, 2, session]);
    second.send(packet({ turn: 1, sequence: 2, flags: FINAL }));
    assert.deepEqual((await second.reply(1))[0], packet({ turn: 1, sequence: 0 }));
    await second.waitForMessage('turn.done', 1);
    second.close();
  });

  test('may be a reply, from the first missing frame, with all messages of the turn', async () => {
    const first = await dial(gateway.url);
    first.send(hello('forgetful'));
    const { session } = await first.waitForMessage('welcome');
    first.send(turnStart(1), packet({ turn: 1, sequence: 0 }), packet({ turn: 1, sequence: 2, flags: FINAL }));
    await first.waitForMessage('turn.done', 1);
    await first.waitForMessage('turn.stored', 1);
    first.terminate();

    const second = await connected(gateway.url, 'forgetful', { resume: { session, turn: 1, downlinkNext: 3 } });
    const reply = await second.reply(1);
    assert.deepEqual(
      reply.map((bytes) => bytes.readUInt32BE(4)),
      [2, 4],
      'from the packet that holds frame 3',
    );
    for (const type of ['turn.processing', 'reply.start', 'turn.stored', 'turn.done'])
      await second.waitForMessage(type, 1);
    second.close();
  });

  test('must be the whole turn if the gateway does not know the session', async () => {
    const resume = { session: 'of another gateway', turn: 1, downlinkNext: 7 };
    const client = await dial(gateway.url);
    client.send(hello('stranger', { resume }));
    const welcome = await client.waitForMessage('welcome');
    assert.deepEqual([welcome.resumed, welcome.uplinkNext], [false, 0]);
    client.close();
  });
});

describe('ping, ack and bye', () => {
  test('a ping is answered with the gateway’s times', async () => {
    const client = await connected(gateway.url, 'pinger');
    client.send({ type: 'ping', t0: 42.5 });
    const { t0, t1, t2 } = await client.waitForMessage('pong');
    assert.equal(t0, 42.5);
    assert.ok(Number(t2) >= Number(t1) && Number(t1) > 0);
    client.close();
  });

  test('received frames are acknowledged during the utterance', async () => {
    const client = await connected(gateway.url, 'slow');
    client.send(turnStart(1), packet({ turn: 1, sequence: 0 }), packet({ turn: 1, sequence: 2 }));
    assert.equal((await client.waitForMessage('ack', 1)).next, 4);
    client.close();
  });

  test('a gateway that stops says bye, and closes with 1001', async () => {
    const going = await startForTest();
    const client = await connected(going.url, 'last');
    await going.close();
    await client.waitForMessage('bye');
    assert.equal(await client.closed, 1_001);
  });
});

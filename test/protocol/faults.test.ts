/**
 * The gateway and clients that violate the protocol.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connected, DISCONTINUITY, dial, FINAL, hello, packet, turnStart } from '../support/client.ts';
import { gatewayForTests } from '../support/gateway.ts';

const NOT_KEPT = '01890a5d-ac96-774b-bcce-ffffffffffff';
const gateway = gatewayForTests(async ({ id }) => {
  if (id === NOT_KEPT) throw new Error('the disk is full');
});

const changed = (at: number, byte: number) => {
  const bytes = packet({ turn: 1, sequence: 0 });
  bytes[at] = byte;
  return bytes;
};

describe('a malformed message', () => {
  const faults: [string, object | Buffer | string, string][] = [
    ['text that is not JSON', 'not json', 'message_invalid'],
    ['an empty text', '', 'message_invalid'],
    ['JSON that is no object', '[1]', 'message_invalid'],
    ['an object without a type', { turn: 1 }, 'message_invalid'],
    ['a field of another type', { ...turnStart(1), turn: 'one' }, 'message_invalid'],
    ['a message without its fields', { type: 'turn.start' }, 'message_invalid'],
    ['a packet as text', packet({ turn: 1, sequence: 0 }).toString('hex'), 'message_invalid'],
    ['text as a packet', Buffer.from(JSON.stringify({ type: 'ping', t0: 1 })), 'packet_version'],
    ['a packet without its header', Buffer.from([0x11, 0]), 'packet_too_short'],
    ['an empty packet', Buffer.alloc(0), 'packet_too_short'],
    ['a packet of a later version', changed(0, 0x21), 'packet_version'],
    ['a packet of another kind', changed(0, 0x12), 'packet_kind'],
    ['a packet with an unknown flag', changed(1, 0x80), 'packet_flags'],
    ['a packet with too many frames', changed(12, 7), 'packet_frame_count'],
    ['a packet without a frame it claims', changed(12, 3), 'packet_frame_length'],
    ['a packet with bytes to spare', changed(12, 1), 'packet_trailing_bytes'],
    ['a second hello', hello('again'), 'hello_repeated'],
  ];
  for (const [what, message, code] of faults) {
    test(`${what} is answered by ${code}, and the connection stays usable`, async () => {
      const client = await connected(gateway.url, `clumsy with ${what}`);
      client.send(message);
      const error = await client.waitForMessage('error');
      assert.deepEqual([error.code, error.retryable, error.turn], [code, true, undefined]);
      client.send(turnStart(1), packet({ turn: 1, sequence: 0, flags: FINAL }));
      await client.waitForMessage('turn.done', 1);
      client.close();
    });
  }

  test('is answered four times; the fifth closes the connection, regardless of valid messages in between', async () => {
    const client = await connected(gateway.url, 'hopeless');
    for (let i = 0; i < 4; i++) {
      client.send('not json');
      await client.settled();
    }
    client.send('not json');
    assert.equal(await client.closed, 1_002);
    const errors = client.messages.filter(({ type }) => type === 'error');
    assert.deepEqual(
      errors.map(({ retryable }) => retryable),
      [true, true, true, true, false],
    );
  });

  test('counts only for its connection, also when the session continues', async () => {
    let resume: object | undefined;
    for (let connection = 0; connection < 2; connection++) {
      const client = await connected(gateway.url, 'forgiven', resume && { resume });
      const { session, resumed } = await client.waitForMessage('welcome');
      assert.equal(resumed, connection > 0);
      if (!resume) client.send(turnStart(1));
      resume = { session, turn: 1, downlinkNext: 0 };
      client.send(...Array<string>(4).fill('not json'));
      await client.settled();
      client.close();
      assert.equal(await client.closed, 1_005);
    }
  });
});

describe('a message of a later version', () => {
  test('is ignored and not counted where its type is unknown', async () => {
    const client = await connected(gateway.url, 'futurist');
    client.send(...Array<object>(20).fill({ type: 'from.the.future', turn: 1 }));
    // Also a message of the other direction: a later version may give it a meaning.
    client.send({ type: 'welcome' }, { type: 'pong', t0: 1, t1: 1, t2: 1 });
    await client.settled();
    assert.ok(!client.messages.some(({ type }) => type === 'error'));
    client.close();
  });

  test('is accepted without its unknown fields', async () => {
    const client = await connected(gateway.url, 'decorated', { mood: 'good' });
    client.send({ ...turnStart(1), mood: 'better' }, packet({ turn: 1, sequence: 0, flags: FINAL }));
    await client.waitForMessage('turn.done', 1);
    client.close();
  });
});

describe('a packet with a jump', () => {
  test('is refused, and the expected one is still accepted', async () => {
    const client = await connected(gateway.url, 'hasty');
    client.send(turnStart(1), packet({ turn: 1, sequence: 4 }));
    assert.equal((await client.waitForMessage('error')).code, 'packet_ahead');
    client.send(packet({ turn: 1, sequence: 0, flags: FINAL }));
    assert.equal((await client.reply(1)).length, 2);
    client.close();
  });

  test('is refused also if it is an empty FINAL', async () => {
    const client = await connected(gateway.url, 'quick to end');
    client.send(turnStart(1), packet({ turn: 1, sequence: 2, flags: FINAL, frames: [] }));
    assert.equal((await client.waitForMessage('error')).code, 'packet_ahead');
    client.close();
  });

  test('is accepted with DISCONTINUITY', async () => {
    const client = await connected(gateway.url, 'gappy');
    client.send(turnStart(1), packet({ turn: 1, sequence: 0 }));
    client.send(packet({ turn: 1, sequence: 10, flags: DISCONTINUITY | FINAL }));
    await client.waitForMessage('turn.done', 1);
    assert.ok(!client.messages.some(({ type }) => type === 'error'));
    client.close();
  });
});

describe('an oversized message', () => {
  test('ends the connection if it is too long', async () => {
    for (const message of ['x'.repeat(65_537), Buffer.alloc(65_537)]) {
      const client = await connected(gateway.url, 'verbose');
      client.send(message);
      assert.equal(await client.closed, 1_009);
    }
  });

  test('is a normal fault if it has exactly the maximum length', async () => {
    const client = await connected(gateway.url, 'nearly verbose');
    client.send('x'.repeat(65_536));
    assert.equal((await client.waitForMessage('error')).code, 'message_invalid');
    client.close();
  });
});

describe('hello', () => {
  test('must be the first message', async () => {
    for (const message of [turnStart(1), packet({ turn: 1, sequence: 0 }), { type: 'ping', t0: 1 }]) {
      const client = await dial(gateway.url);
      client.send(message);
      assert.equal((await client.waitForMessage('error')).code, 'hello_expected');
      assert.equal(await client.closed, 1_008);
    }
  });

  test('must be complete', async () => {
    for (const message of ['{"type":"hello"}', 'hello', { ...hello('x'), playback: { bufferMs: 60_001 } }]) {
      const client = await dial(gateway.url);
      client.send(message);
      assert.equal((await client.waitForMessage('error')).code, 'message_invalid');
      assert.equal(await client.closed, 1_008);
    }
  });

  test('may come after unknown messages', async () => {
    const client = await dial(gateway.url);
    client.send({ type: 'from.the.future' }, hello('polite'));
    await client.waitForMessage('welcome');
    client.close();
  });

  test('of another version is answered with the supported versions', async () => {
    const client = await dial(gateway.url);
    client.send(hello('time traveller', { protocol: 9 }));
    const error = await client.waitForMessage('error');
    assert.deepEqual([error.code, error.supported, error.retryable], ['unsupported_protocol', [1], false]);
    assert.equal(await client.closed, 4_000);
  });
});

test('an offline turn that cannot be stored is refused, and may be sent again', async () => {
  const client = await connected(gateway.url, 'unlucky');
  client.send(
    { ...turnStart(1), id: NOT_KEPT, offline: { recordedAt: 5 } },
    packet({ turn: 1, sequence: 0, flags: 1 }),
  );
  const error = await client.waitForMessage('error');
  assert.deepEqual([error.turn, error.retryable], [1, true]);
  assert.ok(!client.messages.some(({ type }) => type === 'turn.stored'));
  client.close();
});

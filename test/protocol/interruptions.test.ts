/**
 * Aborted turns: by the next one (barge-in), by an abort, by another connection.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Client, connected, FINAL, hello, packet, turnStart, turnTag } from '../support/client.ts';
import { gatewayForTests } from '../support/gateway.ts';
import { arrivals, utterancePackets, virtualGateway } from './virtual-gateway.ts';

const gateway = gatewayForTests();

/** Ten seconds of speech: its reply is paced, and not complete when it begins. */
async function inTheMiddleOfAReply(name: string): Promise<Client> {
  const client = await connected(gateway.url, name);
  client.send(turnStart(1));
  for (let i = 0; i < 250; i++) client.send(packet({ turn: 1, sequence: 2 * i, flags: i === 249 ? FINAL : 0 }));
  await client.waitFor(({ bytes }) => bytes !== undefined, 'the reply');
  return client;
}

/** The same in virtual time, where a test can check that nothing follows. */
async function halfASecondIntoAReply() {
  const { clock, device } = virtualGateway();
  device.say(hello('impatient'), turnStart(1), ...utterancePackets(1, 250));
  await clock.run(500);
  const packetsOf = (turn: number) =>
    arrivals(device, 'packet').filter(({ message: { bytes } }) => bytes && turnTag(bytes) === turn);
  const begun = packetsOf(1).length;
  assert.ok(begun > 0 && begun < 40, 'it is in the middle');
  return { clock, device, packetsOf, begun };
}

describe('a reply without an interruption', () => {
  test('continues to its end', async () => {
    const { clock, packetsOf } = await halfASecondIntoAReply();
    await clock.run(10_000);
    assert.equal(packetsOf(1).length, 250);
  });
});

describe('a turn that starts during a reply', () => {
  test('stops it: no more packets of the old turn are sent', async () => {
    const { clock, device, packetsOf, begun } = await halfASecondIntoAReply();
    device.say(turnStart(2));
    await clock.run(10_000);
    device.say(...utterancePackets(2, 1));
    await clock.run(1_000);
    assert.equal(packetsOf(1).length, begun);
    assert.deepEqual(
      arrivals(device, 'turn.done').map(({ message }) => message.turn),
      [2],
    );
  });

  test('has its own complete reply', async () => {
    const client = await inTheMiddleOfAReply('second thoughts');
    client.send(turnStart(2), packet({ turn: 2, sequence: 0, flags: FINAL }));
    const [first] = await client.reply(2);
    assert.deepEqual(first, packet({ turn: 2, sequence: 0 }));
    client.close();
  });
});

describe('turn.abort', () => {
  test('stops the reply, without an answer', async () => {
    const { clock, device, packetsOf, begun } = await halfASecondIntoAReply();
    const before = device.arrived.length;
    device.say({ type: 'turn.abort', turn: 1, reason: 'barge-in' });
    await clock.run(10_000);
    assert.equal(packetsOf(1).length, begun);
    assert.equal(device.arrived.length, before, 'nothing else came, either');
  });

  test('allows the next turn', async () => {
    const client = await inTheMiddleOfAReply('curt');
    client.send({ type: 'turn.abort', turn: 1, reason: 'barge-in' });
    client.send(turnStart(2), packet({ turn: 2, sequence: 0, flags: FINAL }));
    assert.deepEqual((await client.reply(2))[0], packet({ turn: 2, sequence: 0 }));
    client.close();
  });

  test('ends an utterance: its later packets are ignored', async () => {
    const client = await connected(gateway.url, 'changed mind');
    const { id, ...start } = turnStart(1);
    client.send({ ...start, id }, packet({ turn: 1, sequence: 0 }));
    client.send({ type: 'turn.abort', turn: 1, reason: 'cancelled' }, packet({ turn: 1, sequence: 2, flags: FINAL }));
    client.send(turnStart(2), packet({ turn: 2, sequence: 0, flags: FINAL }));
    await client.waitForMessage('turn.done', 2);
    const heard = client.messages.map(({ type, turn }) => [type, turn]);
    assert.ok(!heard.some(([type, turn]) => type === 'error' || turn === 1), JSON.stringify(heard));
    assert.ok(!gateway.recorded.includes(id));
    client.close();
  });

  test('of another turn than the current one has no effect', async () => {
    const client = await connected(gateway.url, 'confused');
    client.send(turnStart(2), packet({ turn: 2, sequence: 0 }));
    client.send({ type: 'turn.abort', turn: 1, reason: 'error' }, packet({ turn: 2, sequence: 2, flags: FINAL }));
    await client.waitForMessage('turn.done', 2);
    client.close();
  });
});

describe('packets of another turn', () => {
  test('are ignored, without an error', async () => {
    const client = await connected(gateway.url, 'stray');
    client.send(packet({ turn: 1, sequence: 0, flags: FINAL }));
    client.send(turnStart(2), packet({ turn: 1, sequence: 0 }), packet({ turn: 3, sequence: 9, flags: FINAL }));
    client.send(packet({ turn: 2, sequence: 0, flags: FINAL }));
    const [first] = await client.reply(2);
    assert.deepEqual(first, packet({ turn: 2, sequence: 0 }));
    assert.ok(!client.messages.some(({ type }) => type === 'error'));
    client.close();
  });
});

describe('a second connection of a device', () => {
  test('replaces the first, which gets a bye', async () => {
    const first = await connected(gateway.url, 'twin');
    const second = await connected(gateway.url, 'twin');
    assert.equal((await first.waitForMessage('bye')).reason, 'replaced');
    assert.equal(await first.closed, 4_001);
    await second.settled();
    second.close();
  });

  test('ends the turn of the first', async () => {
    const first = await inTheMiddleOfAReply('usurped');
    const second = await connected(gateway.url, 'usurped');
    assert.equal(await first.closed, 4_001);
    second.send(turnStart(1), packet({ turn: 1, sequence: 0, flags: FINAL }));
    assert.deepEqual((await second.reply(1))[0], packet({ turn: 1, sequence: 0 }));
    assert.equal(second.packets(1).length, 2);
    second.close();
  });

  test('takes over the turn if it resumes it', async () => {
    const first = await inTheMiddleOfAReply('heir');
    const { session } = await first.waitForMessage('welcome');
    const second = await connected(gateway.url, 'heir', { resume: { session, turn: 1, downlinkNext: 100 } });
    assert.equal(await first.closed, 4_001);
    const next = await second.waitFor(({ bytes }) => bytes !== undefined, 'the reply');
    assert.equal(next.bytes?.readUInt32BE(4), 100);
    second.close();
  });

  test('gets turn.done after the rest of the reply, and not before', async () => {
    const first = await connected(gateway.url, 'cut short');
    first.send(turnStart(1));
    for (let i = 0; i < 10; i++) first.send(packet({ turn: 1, sequence: 2 * i, flags: i === 9 ? FINAL : 0 }));
    await first.waitForMessage('turn.done', 1);
    const { session } = await first.waitForMessage('welcome');
    // Packets after frame 4 were lost with the connection.
    const second = await connected(gateway.url, 'cut short', { resume: { session, turn: 1, downlinkNext: 4 } });
    await second.waitForMessage('turn.done', 1);
    const heard = second.packets(1);
    assert.equal(heard[0]?.readUInt32BE(4), 4);
    assert.equal((heard.at(-1)?.readUInt8(1) ?? 0) & FINAL, FINAL);
    second.close();
  });

  test('of another name does not affect the first', async () => {
    const first = await connected(gateway.url, 'neighbour one');
    const second = await connected(gateway.url, 'neighbour two');
    await first.settled();
    await second.settled();
    first.close();
    second.close();
  });
});

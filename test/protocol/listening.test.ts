/**
 * The end of speech: what a responder says of it reaches a device that listens, and no other; an utterance without speech is not recorded.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Answer, ResponderTurn } from '../../actors/responder/responder.ts';
import { defineResponder } from '../../actors/responder/responder-actor.ts';
import type { CompletedTurn } from '../../actors/session/turn-recorder.ts';
import { createChannel } from '../../src/core/actor/channel.ts';
import { defaultProfile } from '../../src/core/device-profile.ts';
import { hello, turnStart } from '../support/client.ts';
import { startActor } from '../support/run-actor.ts';
import { arrivals, connect, utterancePackets, virtualGateway } from './virtual-gateway.ts';

const LISTENING = hello('kitchen', { features: ['listen'] });
const VOICE = { trigger: 'voice' };

async function listening({ greeting = LISTENING, start = VOICE as object } = {}) {
  const turns: ResponderTurn[] = [];
  const answers: Answer[] = [];
  const recorded: string[] = [];
  const gateway = virtualGateway({
    responder: (turn, answer) => {
      turns.push(turn);
      answers.push(answer);
      return { hear() {}, abort() {} };
    },
    recorder: {
      has: () => false,
      async record({ id }: CompletedTurn) {
        recorded.push(id);
      },
    },
  });
  const { device, clock } = gateway;
  const first = turnStart(1, start);
  device.say(greeting, first);
  await clock.run(10);
  const answer = answers[0] as Answer;
  const told = () => device.arrived.flatMap(({ message }) => (message.type.startsWith('listen.') ? [message] : []));
  return { ...gateway, turn: turns[0] as ResponderTurn, answer, first, recorded, told };
}

test('holds and the end reach a device that listens, the end once and no hold after it', async () => {
  const { answer, clock, told, turn } = await listening({ start: { ...VOICE, patience: 'patient' } });
  assert.equal(turn.patience, 'patient');
  answer.hold(800);
  answer.hold(2_000);
  answer.endUtterance('finished');
  answer.endUtterance('no-speech');
  answer.hold(100);
  await clock.run(10);
  assert.deepEqual(told(), [
    { type: 'listen.hold', turn: 1, holdMs: 800 },
    { type: 'listen.hold', turn: 1, holdMs: 2_000 },
    { type: 'listen.end', turn: 1, reason: 'finished' },
  ]);
});

test('why a hold is so long is told inside the gateway only', async () => {
  const { answer, clock, told } = await listening();
  answer.hold(800, 1.25);
  await clock.run(10);
  assert.deepEqual(told(), [{ type: 'listen.hold', turn: 1, holdMs: 800 }]);

  const actor = startActor(
    defineResponder({
      responder(_turn, { hold }) {
        hold(800, 1.25);
        return { hear() {}, abort() {} };
      },
      received: createChannel({ name: 'utterance', limit: 1, whenFull: 'drop-newest' }),
      device: () => defaultProfile('kitchen'),
      reply: { send() {} },
    }),
  );
  actor.send({ type: 'responder.begin', turn: 1, id: 'turn' });
  assert.deepEqual(actor.sent, [{ type: 'responder.hold', turn: 1, holdMs: 800, waitFactor: 1.25 }]);
});

describe('nothing is said of the end', () => {
  const others: [string, Parameters<typeof listening>[0]][] = [
    ['to a device without the feature', { greeting: hello('kitchen', { features: ['say'] }) }],
    ['in a turn that a key ends', { start: { trigger: 'key', patience: 'quick' } }],
    ['in a stored turn', { start: { ...VOICE, offline: { recordedAt: 1 } } }],
  ];
  for (const [which, options] of others) {
    test(which, async () => {
      const { answer, clock, told, turn } = await listening(options);
      assert.equal(turn?.patience, undefined);
      answer?.hold(800);
      answer?.endUtterance('no-speech');
      await clock.run(10);
      assert.deepEqual(told(), []);
    });
  }

  test('after FINAL, except that nobody spoke', async () => {
    const { answer, clock, device, told } = await listening();
    device.say(...utterancePackets(1, 2));
    await clock.run(10);
    answer.hold(800);
    answer.endUtterance('finished');
    await clock.run(10);
    assert.deepEqual(told(), []);
  });
});

test('a hold is not repeated to a device that reconnects, the end is', async () => {
  const { answer, clock, device, sessions } = await listening();
  answer.hold(800);
  answer.endUtterance('finished');
  await clock.run(10);
  device.disconnect();
  await clock.run(100);
  const again = connect(sessions, clock);
  again.say({ ...LISTENING, resume: { session: 'session 1', turn: 1, downlinkNext: 0 } });
  await clock.run(10);
  assert.equal(arrivals(again, 'listen.hold').length, 0);
  assert.equal(arrivals(again, 'listen.end').length, 1);
});

describe('an utterance of a device that listens', () => {
  test('is not recorded before it is known that somebody spoke', async () => {
    const { answer, clock, device, recorded, first } = await listening();
    device.say(...utterancePackets(1, 2));
    await clock.run(1_000);
    assert.deepEqual(recorded, []);
    answer.processing('what time is it');
    await clock.run(10);
    assert.deepEqual(recorded, [first.id]);
    assert.equal(arrivals(device, 'turn.stored').length, 1);
    answer.say([new Uint8Array([1, 2])]);
    answer.finish();
    await clock.run(1_000);
    assert.deepEqual(recorded, [first.id], 'once');
  });

  const undecided: [string, (answer: Answer) => void][] = [
    ['a reply', (answer) => answer.say([new Uint8Array([1, 2])])],
    ['no reply', (answer) => answer.finish()],
    ['a failure', (answer) => answer.fail(new Error('broken'))],
    ['no answer in time', () => {}],
  ];
  for (const [what, end] of undecided) {
    test(`is recorded with ${what}`, async () => {
      const { answer, clock, device, recorded } = await listening();
      device.say(...utterancePackets(1, 2));
      await clock.run(10);
      end(answer);
      await clock.run(20_000);
      assert.equal(recorded.length, 1);
    });
  }

  test('is recorded when the device aborts it, or begins another turn', async () => {
    for (const message of [{ type: 'turn.abort', turn: 1, reason: 'cancelled' }, turnStart(2, VOICE)]) {
      const { clock, device, recorded } = await listening();
      device.say(...utterancePackets(1, 2));
      await clock.run(10);
      device.say(message);
      await clock.run(10);
      assert.equal(recorded.length, 1, message.type);
    }
  });

  test('is not recorded when nobody spoke in it, whether that is known before FINAL or after it', async () => {
    for (const isBefore of [true, false]) {
      const { answer, clock, device, recorded, told } = await listening();
      if (isBefore) answer.endUtterance('no-speech');
      device.say(...utterancePackets(1, 2));
      await clock.run(10);
      if (!isBefore) answer.endUtterance('no-speech');
      answer.finish();
      await clock.run(1_000);
      assert.deepEqual(recorded, []);
      assert.deepEqual(told(), [{ type: 'listen.end', turn: 1, reason: 'no-speech' }]);
      assert.equal(arrivals(device, 'turn.stored').length, 0);
    }
  });
});

test('a hold that is no time fails the turn, not the gateway', async () => {
  const { answer, clock, device } = await listening();
  answer.hold(Number.NaN);
  await clock.run(10);
  assert.equal(arrivals(device, 'error')[0]?.message.code, 'responder_failed');
});

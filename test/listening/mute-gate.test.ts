import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMuteGate } from '../../actors/listening/mute-gate.ts';
import type { MicrophoneHandlers } from '../../actors/sound/port.ts';
import { errorInfo } from '../../src/core/errors.ts';
import { fakeMicrophone } from '../support/fake-sound.ts';
import { settle } from '../support/run-actor.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';
import { testScope } from '../support/test-scope.ts';

function gated() {
  const card = fakeMicrophone();
  const gate = createMuteGate(card.open);
  const happened: string[] = [];
  const handlers: MicrophoneHandlers = {
    onSamples: (samples) => happened.push(`${samples.length} samples`),
    onEnd: () => happened.push('end'),
    onOverflow: () => happened.push('overflow'),
    onLost: (error) => happened.push(error.code),
  };
  const open = () => gate.open(handlers, testScope(new SimulatedClock()));
  return { card, gate, happened, open };
}

test('nothing can be opened while it is muted', async () => {
  const { card, gate, open } = gated();
  gate.setMuted(true);
  await assert.rejects(open(), (error) => {
    const { code, message, hint } = errorInfo(error);
    assert.deepEqual({ code, message }, { code: 'microphone_muted', message: 'The microphone is muted' });
    assert.match(hint, /Unmute/);
    return true;
  });
  assert.equal(card.opened, 0, 'the card was not touched');
  gate.setMuted(false);
  await open();
  assert.equal(card.isOpen, true);
});

test('an open microphone is closed at once, and no sample passes any more', async () => {
  const { card, gate, happened, open } = gated();
  await open();
  card.handlers?.onSamples(new Int16Array(320), 20);
  gate.setMuted(true);
  assert.equal(card.isOpen, false);
  card.handlers?.onSamples(new Int16Array(320), 40);
  card.handlers?.onOverflow();
  card.handlers?.onEnd();
  gate.setMuted(false);
  card.handlers?.onSamples(new Int16Array(320), 60);
  assert.deepEqual(happened, ['320 samples', 'microphone_muted']);
});

test('a microphone that is muted while it is being opened is closed as soon as it is open', async () => {
  for (const mutes of [[true], [true, false]]) {
    const { card, gate, happened, open } = gated();
    const opening = open();
    card.handlers?.onSamples(new Int16Array(320), 20);
    for (const muted of mutes) gate.setMuted(muted);
    card.handlers?.onSamples(new Int16Array(320), 40);
    await assert.rejects(opening, { code: 'microphone_muted' });
    assert.equal(card.isOpen, false);
    assert.deepEqual(happened, ['320 samples']);
  }
});

test('a microphone that has been closed, or has failed, is not told that it was muted', async () => {
  const { card, gate, happened, open } = gated();
  const first = await open();
  first.close();
  await open();
  card.handlers?.onEnd();
  card.failure = Object.assign(new Error('busy')) as never;
  await assert.rejects(open(), /busy/);
  gate.setMuted(true);
  await settle();
  assert.deepEqual(happened, ['end']);
});

/** The wake word, said again in a follow-up, is no part of what was said. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAssistant } from '../../../actors/assistant/answer/assistant.ts';
import { withoutWakeWord } from '../../../actors/assistant/answer/wake-phrase.ts';
import { arrivals, utterancePackets, virtualGateway } from '../../protocol/virtual-gateway.ts';
import { hello, turnStart } from '../../support/client.ts';
import type { VirtualClock } from '../../support/virtual-clock.ts';
import { scriptedParts } from './scripted-parts.ts';

const CASES: [wakeWord: string, text: string, without: string][] = [
  ['hey_jarvis', 'Hey Jarvis, what time is it?', 'what time is it?'],
  ['hey_jarvis', 'Hey, Jervis. What time is it?', 'What time is it?'],
  ['hey_jarvis', 'A Jarvis what time is it', 'what time is it'],
  ['hey_jarvis', 'Hey Jarvis.', ''],
  ['hey_jarvis', 'Hey, what time is it?', 'Hey, what time is it?'],
  ['hey_jarvis', 'Hey there, how are you?', 'Hey there, how are you?'],
  ['hey_jarvis', 'What time is it, hey Jarvis?', 'What time is it, hey Jarvis?'],
  ['hey_jarvis', '', ''],
  ['alexa', 'Alexa, stop.', 'stop.'],
  ['alexa', 'I like a stop.', 'I like a stop.'],
  ['ok nabu', 'Okay Naboo, add milk to the list.', 'add milk to the list.'],
];

for (const [wakeWord, text, without] of CASES) {
  test(`${wakeWord}: “${text}”`, () => assert.equal(withoutWakeWord(text, wakeWord), without));
}

test('in a follow-up, and in no other turn', async () => {
  let clock: VirtualClock | undefined;
  const text = 'Hey Jarvis, what time is it?';
  const parts = scriptedParts({ texts: [text, text, text], clock: () => clock as VirtualClock });
  const gateway = virtualGateway({ responder: createAssistant(parts) });
  clock = gateway.clock;
  gateway.device.say(hello('kitchen', { features: ['listen'] }));
  const wake = { word: 'hey_jarvis', levelDb: -20, score: 1, ageMs: 100 };
  const starts = [{ trigger: 'follow-up' }, { trigger: 'wake', wake }, { trigger: 'follow-up' }];
  for (const [index, start] of starts.entries()) {
    gateway.device.say(turnStart(index + 1, { patience: 'normal', ...start }), ...utterancePackets(index + 1, 2));
    await clock.run(100);
    await clock.run(5_000);
  }
  assert.deepEqual(
    arrivals(gateway.device, 'turn.processing').map(({ message }) => message.transcript),
    [text, text, 'what time is it?'],
  );
});

/**
 * Two devices whose gateway finds the end of speech. In the first utterance of the first one nobody speaks.
 */
import { createAssistant } from '../../actors/assistant/answer/assistant.ts';
import { type Endpointing, NO_UTTERANCES } from '../../actors/assistant/endpointing/endpointing.ts';
import type { Log } from '../../src/core/log/log.ts';
import { createSessions } from '../../src/gateway/sessions.ts';
import { scriptedParts } from '../assistant/answer/scripted-parts.ts';
import { arrivals, connect, type End, utterancePackets } from '../protocol/virtual-gateway.ts';
import { hello, turnStart } from '../support/client.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';
import { eventually, type Scenario } from './scenario.ts';

const VOICE = { trigger: 'voice', patience: 'quick' };
const isDone = (end: End, turn: number) => arrivals(end, 'turn.done').some(({ message }) => message.turn === turn);
const hasFailed = (end: End, turn: number) => arrivals(end, 'error').some(({ message }) => message.turn === turn);

async function run(log: Log): Promise<string[]> {
  const clock = createVirtualClock();
  const parts = scriptedParts({ clock: () => clock, texts: Array(10).fill('what time is it') });
  let utterances = 0;
  const endpointing: Endpointing = {
    begin() {
      const isFirst = ++utterances === 1;
      return { push() {}, words() {}, finish: async () => !isFirst };
    },
    counts: () => ({ ...NO_UTTERANCES, utterances }),
    async close() {},
  };
  let ids = 0;
  const sessions = createSessions({
    responder: createAssistant({ ...parts, endpointing }),
    recorder: { has: () => false, record: async () => {} },
    ...{ clock, log, newId: () => `session ${++ids}` },
  });
  const [first, second] = ['first', 'second'].map((name) => {
    const end = connect(sessions, clock);
    end.say(hello(name, { features: ['listen'] }));
    return end;
  }) as [End, End];
  await clock.run(10);
  for (const end of [first, second]) end.say(turnStart(1, VOICE), ...utterancePackets(1, 2));
  await eventually(
    () => isDone(second, 1) && (isDone(first, 1) || hasFailed(first, 1)),
    'both turns end',
    () => clock.run(100),
  );
  first.say(turnStart(2, VOICE), ...utterancePackets(2, 2));
  await eventually(
    () => isDone(first, 2),
    'the next answer to the first device',
    () => clock.run(100),
  );
  const wrong = first.closed || second.closed ? ['a connection was closed'] : [];
  await Promise.all([sessions.closeAll(1_001, 'over'), clock.run(5_000)]);
  return wrong;
}

export const listened: Scenario = {
  name: 'two devices whose gateway finds the end of speech',
  run,
  subjects: /^a turn of the responder#1 timer .*answer\/assistant\.ts/,
};

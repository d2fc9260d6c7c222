/**
 * Two groups of two devices that hear a wake word at the same time. A fault in the choice between the first two, or in what it tells one
 * of them, changes nothing for the others and for the next word.
 */
import type { Log } from '../../src/core/log/log.ts';
import { createSessions } from '../../src/gateway/sessions.ts';
import { arrivals, connect, type End } from '../protocol/virtual-gateway.ts';
import { hello, turnStart } from '../support/client.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';
import type { Scenario } from './scenario.ts';

const SAID = { trigger: 'wake', patience: 'normal' };
const said = (turn: number, levelDb: number) =>
  turnStart(turn, { ...SAID, wake: { word: 'jarvis', levelDb, score: 0.9, ageMs: 0 } });
const DEVICES = [
  { name: 'hall', group: 'house', levelDb: -45 },
  { name: 'kitchen', group: 'house', levelDb: -30 },
  { name: 'barn', group: 'annex', levelDb: -45 },
  { name: 'yard', group: 'annex', levelDb: -30 },
];

const losers = (ends: readonly End[], turn: number) =>
  DEVICES.filter((_, i) => arrivals(ends[i] as End, 'listen.end').some(({ message }) => message.turn === turn)).map(
    ({ name }) => name,
  );

async function run(log: Log): Promise<string[]> {
  const clock = createVirtualClock();
  let ids = 0;
  const sessions = createSessions({
    responder: () => ({ hear() {}, abort() {} }),
    recorder: { has: () => false, record: async () => {} },
    ...{ clock, log, newId: () => `session ${++ids}` },
  });
  const join = ({ name, group }: (typeof DEVICES)[number]) => {
    const end = connect(sessions, clock);
    end.say(hello(name, { features: ['listen'], group }));
    return end;
  };
  const ends = DEVICES.map(join);
  await clock.run(100);
  DEVICES.forEach(({ levelDb }, i) => void ends[i]?.say(said(1, levelDb)));
  await clock.run(500);
  const wrong: string[] = [];
  const first = losers(ends, 1);
  if (!first.includes('barn') || first.includes('yard') || first.includes('kitchen')) wrong.push(`lost: ${first}`);
  await clock.run(5_000);
  ends.forEach((end, i) => {
    if (end.closed) ends[i] = join(DEVICES[i] as (typeof DEVICES)[number]);
    else end.say({ type: 'turn.abort', turn: 1, reason: 'cancelled' });
  });
  await clock.run(100);
  DEVICES.forEach(({ levelDb }, i) => void ends[i]?.say(said(2, levelDb)));
  await clock.run(500);
  const next = losers(ends, 2);
  if (next.join() !== 'hall,barn') wrong.push(`lost the next time: ${next}`);
  await Promise.all([sessions.closeAll(1_001, 'over'), clock.run(5_000)]);
  return wrong;
}

export const wakeChoice: Scenario = {
  name: 'two groups of devices that hear a wake word',
  run,
  subjects: /^the choice of a device#1 |^deviceConnection#1 callback .*session-turns/,
};

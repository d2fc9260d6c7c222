/**
 * The sources of a trigger: a keyboard, a signal and a recording, for each of two triggers.
 */
import { EventEmitter } from 'node:events';
import type { ReadStream } from 'node:tty';
import { keyboardTrigger } from '../../actors/trigger/keyboard.ts';
import { recordingTrigger } from '../../actors/trigger/recording.ts';
import { signalTrigger } from '../../actors/trigger/signal.ts';
import { defineTrigger } from '../../actors/trigger/trigger.ts';
import { actorLogic } from '../../machines/adapter/actor-host.ts';
import { supervised } from '../../machines/supervise.ts';
import { triggerContract } from '../../src/core/contracts/index.ts';
import type { Log } from '../../src/core/log/log.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';
import { type Scenario, underSupervision } from './scenario.ts';

const RESTART_MS = 300;
/** Each key with a function, and one without. */
const KEYS = [' ', '\u001b', 'k', 'm', 'q', 'x'];

/** A terminal with the interface that the keyboard needs. */
function terminal(): ReadStream {
  return Object.assign(new EventEmitter(), { setRawMode() {}, setEncoding() {}, resume() {}, pause() {} }) as never;
}

async function run(log: Log): Promise<string[]> {
  // Removes the listeners that a run with a failed release has left.
  process.removeAllListeners('SIGUSR1');
  const clock = createVirtualClock();
  const hosting = { clock, log };
  const [first, second] = [terminal(), terminal()].map((keys) => {
    const sources = [
      keyboardTrigger(
        keys,
        () => {},
        () => {},
        () => {},
      ),
      signalTrigger,
      recordingTrigger(),
    ];
    const trigger = actorLogic(
      triggerContract,
      defineTrigger(sources, () => 'id'),
      hosting,
    );
    return { ...underSupervision(supervised(triggerContract, trigger), clock), keys };
  });
  if (!first || !second) return [];
  const presses = ({ received }: typeof first) => received.filter(({ type }) => type === 'talk.pressed').length;

  const use = () => {
    for (const { send, keys } of [first, second]) {
      send({ type: 'trigger.ready' });
      for (const key of KEYS) keys.emit('data', key);
      keys.emit('error', new Error('the terminal is gone'));
    }
    process.emit('SIGUSR1');
  };
  use();
  await clock.run(RESTART_MS);
  use();
  await clock.run(RESTART_MS);
  const wrong: string[] = [];
  // By a key and by the signal, twice; by the recording, once.
  if (presses(second) !== 5) wrong.push(`the second trigger was pressed ${presses(second)} times`);
  const before = presses(first);
  first.keys.emit('data', ' ');
  process.emit('SIGUSR1');
  if (presses(first) !== before + 2) wrong.push('the first trigger does not listen any more');
  for (const { stop } of [first, second]) stop();
  return wrong;
}

export const triggers: Scenario = { name: 'two triggers with all their sources', run, subjects: /^trigger#1 / };

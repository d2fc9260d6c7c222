/**
 * Two listeners, each with its own card, in virtual time. Card and wake word engine are not there at first. Each hears
 * the wake word, then speech.
 */

import { defineListener } from '../../actors/listening/listener.ts';
import { createMuteGate } from '../../actors/listening/mute-gate.ts';
import { createSharedMicrophone } from '../../actors/listening/shared-microphone.ts';
import { openVoiceDetector } from '../../actors/listening/voice-detector.ts';
import type { OpenWakeEngine } from '../../actors/listening/wake-engine.ts';
import type { OpenMicrophone } from '../../actors/sound/port.ts';
import { actorLogic } from '../../machines/adapter/actor-host.ts';
import { supervised } from '../../machines/supervise.ts';
import { type Attention, type ListenerContract, listenerContract } from '../../src/core/contracts/index.ts';
import { EarshotError } from '../../src/core/errors.ts';
import type { Log } from '../../src/core/log/log.ts';
import { readSamples, SHORT_SPEECH } from '../support/speech.ts';
import { createVirtualClock, type VirtualClock } from '../support/virtual-clock.ts';
import { eventually, type Mended, type Scenario, underSupervision } from './scenario.ts';

const SPEECH = readSamples(SHORT_SPEECH);
const NOT_THERE = new EarshotError('device_open_failed', 'It is not there yet', 'Wait.');

/** Records the same sentence again and again. */
const card: OpenMicrophone = async ({ onSamples }, { clock }) => {
  let at = 0;
  let timer: unknown;
  const record = (): void => {
    timer = clock.setTimeout(record, 20);
    onSamples(SPEECH.subarray(at, at + 320), clock.now());
    at = at + 640 > SPEECH.length ? 0 : at + 320;
  };
  timer = clock.setTimeout(record, 20);
  return { device: 'card', close: () => clock.clearTimeout(timer) };
};

/** Hears its word all the time. */
const engine: OpenWakeEngine = async (onWake) => ({
  push(_, endedAtMs) {
    onWake({ word: 'hey earshot', score: 1, startedAtMs: endedAtMs - 500, endedAtMs });
  },
  close() {},
});

function notThereAtFirst<Open extends (...given: never[]) => Promise<unknown>>(open: Open): Open {
  let opened = 0;
  return ((...given: Parameters<Open>) => {
    opened += 1;
    return opened === 1 ? Promise.reject(NOT_THERE) : open(...given);
  }) as Open;
}

function startListener(clock: VirtualClock, log: Log): Mended<ListenerContract> {
  const gate = createMuteGate(notThereAtFirst(card));
  const microphone = createSharedMicrophone({ openMicrophone: gate.open, clock, log });
  const openWakeEngine = notThereAtFirst(engine);
  const listener = defineListener({
    microphone,
    gate,
    openVoiceDetector,
    loadNewId: async () => String,
    openWakeEngine,
  });
  return underSupervision(supervised(listenerContract, actorLogic(listenerContract, listener, { clock, log })), clock);
}

async function run(log: Log): Promise<string[]> {
  const clock = createVirtualClock();
  const [first, second] = [startListener(clock, log), startListener(clock, log)];
  const pass = () => clock.run(20);
  const hears = async (who: typeof first, to: Attention, what: 'wake.heard' | 'speech.started'): Promise<void> => {
    const restarts = who.said('actor.restarted');
    who.received.length = 0;
    for (const muted of [true, false]) who.send({ type: 'listener.mute', muted });
    who.send({ type: 'listener.open' });
    who.send({ type: 'listener.attend', to, patience: 'normal' });
    await eventually(() => who.said(what) > 0 || who.said('actor.restarted') > restarts, `${what}`, pass);
    if (who.said(what) === 0) await hears(who, to, what);
  };
  for (const each of [first, second]) await hears(each, 'wake', 'wake.heard');
  // The fault may still be to come.
  for (const each of [first, second]) await hears(each, 'speech', 'speech.started');
  await clock.run(1_500);
  const wrong = second.said('actor.restarting') > 0 ? ['the second listener was affected'] : [];
  await hears(first, 'wake', 'wake.heard');
  for (const each of [first, second]) each.stop();
  await clock.run(1_000);
  return wrong;
}

export const listening: Scenario = {
  name: 'two listeners',
  run,
  // The first card is not there.
  subjects: /^(?:listener#1|the microphone#2) /,
};

/**
 * Measures how much of its own speaker an echo canceller removes from the microphone: a sweep and a voice are played, as a
 * reply is.
 */
import { createEchoCancellation } from '../../../actors/echo/echo-cancellation.ts';
import type { ChosenCanceller } from '../../../actors/echo/port.ts';
import type { OpenMicrophone, OpenSpeaker } from '../../../actors/sound/port.ts';
import type { Scope } from '../../core/actor/scope.ts';
import { SAMPLES_PER_MS } from '../../protocol/format.ts';
import type { EchoProbe } from './checks/system.ts';
import { makeChirp } from './chirp.ts';

const SWEEP_S = 0.5;
/** Between the sweep and the voice, and while the last echo sounds. */
const PAUSE_MS = 400;
/** Longer than the signal and a sound server that begins late. */
const PATIENCE_MS = 4_000;

export interface EchoMeasurement {
  openMicrophone: OpenMicrophone;
  openSpeaker: OpenSpeaker;
  choose(): Promise<ChosenCanceller>;
  voice: Int16Array;
}

/** @throws EarshotError (by rejection) when a card cannot be opened or is lost. */
export async function measureEcho(
  { openMicrophone, openSpeaker, choose, voice }: EchoMeasurement,
  scope: Scope,
): Promise<EchoProbe> {
  const { canceller: name, why, isMissing, create } = await describe(choose);
  if (!create) return { canceller: name, why, isMissing, isConverged: false, erleDb: 0, isHeard: false, delayMs: 0 };
  const chosen: ChosenCanceller = { name, why, isMissing, create };
  const echo = createEchoCancellation({ openMicrophone, openSpeaker, isOn: () => true, choose: async () => chosen });
  try {
    await play(echo, testSignal(voice), scope);
    const { isConverged, erleDb, delayMs } = echo.metrics() ?? { isConverged: false, erleDb: 0, delayMs: 0 };
    return { canceller: name, why, isMissing, isConverged, erleDb, isHeard: erleDb !== 0, delayMs };
  } finally {
    echo.close();
  }
}

async function describe(choose: EchoMeasurement['choose']) {
  const { name: canceller, ...rest } = await choose();
  return { canceller, ...rest };
}

function testSignal(voice: Int16Array): Int16Array {
  const sweep = makeChirp(SWEEP_S);
  const begin = sweep.length + PAUSE_MS * SAMPLES_PER_MS;
  const signal = new Int16Array(begin + voice.length);
  signal.set(sweep);
  signal.set(voice, begin);
  return signal;
}

type Cards = Pick<EchoMeasurement, 'openMicrophone' | 'openSpeaker'>;

/** Resolves when everything was played, or when the card takes too long for it. */
async function play({ openMicrophone, openSpeaker }: Cards, signal: Int16Array, scope: Scope): Promise<void> {
  const { clock } = scope;
  let end: (error?: unknown) => void = () => {};
  const ended = new Promise<void>((resolve, reject) => {
    end = (error) => (error === undefined ? resolve() : reject(error));
  });
  // The device may be lost before anybody waits.
  ended.catch(() => {});
  let played = 0;
  const ignore = () => {};
  const microphone = await openMicrophone(
    { onSamples: ignore, onOverflow: ignore, onEnd: () => end(), onLost: end },
    scope,
  );
  const speaker = await openSpeaker(
    {
      onDemand(block) {
        block.set(signal.subarray(played, played + block.length));
        played += block.length;
        if (played >= signal.length + PAUSE_MS * SAMPLES_PER_MS) end();
        return block.length;
      },
      onUnderflow: ignore,
      onLost: end,
    },
    scope,
  ).catch((error) => {
    microphone.close();
    throw error;
  });
  const timer = clock.setTimeout(() => end(), signal.length / SAMPLES_PER_MS + PATIENCE_MS);
  await ended.finally(() => {
    clock.clearTimeout(timer);
    speaker.close();
    microphone.close();
  });
}

/** Devices on simulated time: their demands, and when they came. */

import type {
  Microphone,
  MicrophoneHandlers,
  OpenMicrophone,
  OpenSpeaker,
  Speaker,
  SpeakerHandlers,
} from '../../actors/sound/port.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';
import { testScope } from '../support/test-scope.ts';

export interface Hearing {
  clock: SimulatedClock;
  microphone: Microphone;
  blocks: { samples: Int16Array; lastSampleAtMs: number; atMs: number }[];
  endedAtMs: number | undefined;
  /** All recorded samples. */
  samples(): Int16Array;
}

/** Opens a microphone and lets the time pass in steps until it ends or the limit is reached. */
export async function hear(open: OpenMicrophone, limitMs = 0, stepMs = 5): Promise<Hearing> {
  const clock = new SimulatedClock();
  const hearing: Omit<Hearing, 'microphone'> = {
    clock,
    blocks: [],
    endedAtMs: undefined,
    samples: () => Int16Array.from(hearing.blocks.flatMap(({ samples }) => [...samples])),
  };
  const handlers: MicrophoneHandlers = {
    onSamples: (samples, lastSampleAtMs) =>
      hearing.blocks.push({ samples: samples.slice(), lastSampleAtMs, atMs: clock.now() }),
    onEnd: () => {
      hearing.endedAtMs = clock.now();
    },
    onOverflow: () => {},
    onLost: () => {},
  };
  const microphone = await open(handlers, testScope(clock));
  while (clock.now() < limitMs && hearing.endedAtMs === undefined) clock.increment(stepMs);
  return Object.assign(hearing, { microphone });
}

export interface Speaking {
  clock: SimulatedClock;
  speaker: Speaker;
  demands: number[];
  lost: unknown[];
}

/** Opens a speaker and gives it these samples, then silence. */
export async function speak(open: OpenSpeaker, samples: Int16Array = new Int16Array(0)): Promise<Speaking> {
  const clock = new SimulatedClock();
  const demands: number[] = [];
  const lost: unknown[] = [];
  let at = 0;
  const handlers: SpeakerHandlers = {
    onDemand(block) {
      demands.push(clock.now());
      block.set(samples.subarray(at, at + block.length));
      at += block.length;
      return block.length;
    },
    onUnderflow: () => {},
    onLost: (error) => lost.push(error),
  };
  const speaker = await open(handlers, testScope(clock));
  return { clock, speaker, demands, lost };
}

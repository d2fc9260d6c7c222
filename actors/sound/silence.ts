/** The devices of a machine that has none: a microphone that hears nothing, and a speaker that nobody hears. */
import { FRAME_MS, FRAME_SIZE_10_MS, RECOMMENDED_FRAME_SIZE, SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import { demandBlock } from './demand.ts';
import { startPeriodicTimer } from './periodic-timer.ts';
import type { OpenMicrophone, OpenSpeaker } from './port.ts';

export function silenceMicrophone(): OpenMicrophone {
  return async ({ onSamples }, { clock }) => {
    const silence = new Int16Array(RECOMMENDED_FRAME_SIZE);
    let first = true;
    const timer = startPeriodicTimer(clock, FRAME_MS, (dueAtMs) => {
      // The first block has been captured only when it has lasted.
      if (!first) onSamples(silence.fill(0), dueAtMs);
      first = false;
    });
    return { device: 'silence', close: () => timer.stop() };
  };
}

export function nullSpeaker(): OpenSpeaker {
  return async ({ onDemand }, { clock }) => {
    const block = new Int16Array(FRAME_SIZE_10_MS);
    const timer = startPeriodicTimer(clock, FRAME_SIZE_10_MS / SAMPLES_PER_MS, (dueAtMs) =>
      demandBlock(onDemand, block, dueAtMs),
    );
    return { device: 'null', outputLatencyMs: 0, close: () => timer.stop() };
  };
}

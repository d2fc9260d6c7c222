/** A speaker that discards all samples, in real time, for a machine without one. */
import { FRAME_SIZE_10_MS, SAMPLES_PER_MS } from '../../../src/protocol/format.ts';
import type { AudioBackend } from '../backend.ts';
import { demandBlock } from '../demand.ts';
import { startPeriodicTimer } from '../periodic-timer.ts';
import type { OpenSpeaker } from '../port.ts';

export const nullBackend: AudioBackend = {
  name: 'null',
  names: 'none',
  speaker: { usage: 'null, which discards the reply', open: nullSpeaker },
};

export function nullSpeaker(): OpenSpeaker {
  return async ({ onDemand }, { clock }) => {
    const block = new Int16Array(FRAME_SIZE_10_MS);
    const timer = startPeriodicTimer(clock, FRAME_SIZE_10_MS / SAMPLES_PER_MS, (dueAtMs) =>
      demandBlock(onDemand, block, dueAtMs),
    );
    return { device: 'null', outputLatencyMs: 0, close: () => timer.stop() };
  };
}

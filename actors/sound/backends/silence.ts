/** A microphone that records silence, for a machine without one. */
import { FRAME_MS, RECOMMENDED_FRAME_SIZE } from '../../../src/protocol/format.ts';
import type { AudioBackend } from '../backend.ts';
import { startPeriodicTimer } from '../periodic-timer.ts';
import type { OpenMicrophone } from '../port.ts';

export const silence: AudioBackend = {
  name: 'silence',
  names: 'none',
  microphone: { usage: 'silence, no audio at all', open: silenceMicrophone },
};

export function silenceMicrophone(): OpenMicrophone {
  return async ({ onSamples }, { clock }) => {
    const block = new Int16Array(RECOMMENDED_FRAME_SIZE);
    let isFirst = true;
    const timer = startPeriodicTimer(clock, FRAME_MS, (dueAtMs) => {
      // The first block is complete only after its duration.
      if (!isFirst) onSamples(block.fill(0), dueAtMs);
      isFirst = false;
    });
    return { device: 'silence', close: () => timer.stop() };
  };
}

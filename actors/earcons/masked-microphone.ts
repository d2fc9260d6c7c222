/** A microphone that records silence while an earcon is audible: what listens for speech must not hear our own sound. */
import { SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import type { OpenMicrophone } from '../sound/port.ts';

export function maskMicrophone(
  openMicrophone: OpenMicrophone,
  isMasked: (fromMs: number, toMs: number) => boolean,
): OpenMicrophone {
  let silence = new Int16Array(0);
  return (handlers, scope) =>
    openMicrophone(
      {
        onSamples(samples, lastSampleAtMs) {
          if (!isMasked(lastSampleAtMs - samples.length / SAMPLES_PER_MS, lastSampleAtMs)) {
            return handlers.onSamples(samples, lastSampleAtMs);
          }
          if (silence.length < samples.length) silence = new Int16Array(samples.length);
          handlers.onSamples(silence.subarray(0, samples.length), lastSampleAtMs);
        },
        onEnd: () => handlers.onEnd(),
        onOverflow: () => handlers.onOverflow(),
        onLost: (error) => handlers.onLost(error),
      },
      scope,
    );
}

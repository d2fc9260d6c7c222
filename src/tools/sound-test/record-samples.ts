/** Records from a microphone for a time, or to the end of a file. */
import type { Microphone, MicrophoneHandlers, OpenMicrophone } from '../../../actors/sound/port.ts';
import { createScope } from '../../core/actor/scope.ts';
import { silentLog } from '../../core/log/log.ts';
import { decibels } from '../../core/signal/decibels.ts';
import { systemClock } from '../../core/time/clock.ts';
import { SAMPLES_PER_MS } from '../../protocol/format.ts';

export interface RecordOptions {
  open: OpenMicrophone;
  ms: number;
  /** The peak of each block, in dB of full scale. */
  onLevel(peakDb: number): void;
}

/** s16, 16 kHz, mono. @throws EarshotError (by rejection): those of the microphone */
export async function recordSamples({ open, ms, onLevel }: RecordOptions): Promise<Int16Array> {
  const samples = new Int16Array(ms * SAMPLES_PER_MS);
  let filled = 0;
  let microphone: Microphone | undefined;
  await new Promise<void>((resolve, reject) => {
    const scope = createScope('a microphone', { clock: systemClock, log: silentLog, onCrash: reject });
    const handlers: MicrophoneHandlers = {
      onSamples(block) {
        const next = block.subarray(0, samples.length - filled);
        samples.set(next, filled);
        filled += next.length;
        onLevel(decibels(peakOf(block)));
        if (filled === samples.length) resolve();
      },
      onEnd: resolve,
      onOverflow() {},
      onLost: reject,
    };
    open(handlers, scope).then((opened) => {
      microphone = opened;
    }, reject);
  }).finally(() => microphone?.close());
  return samples.subarray(0, filled);
}

function peakOf(block: Int16Array): number {
  let peak = 0;
  for (const sample of block) peak = Math.max(peak, Math.abs(sample));
  return peak / 32_768;
}

/**
 * An audio backend in one file, as another project would add it: a microphone that records a tone, and a speaker that
 * stores what it plays.
 */
import type { AudioBackend } from '../../actors/sound/backend.ts';
import { demandBlock } from '../../actors/sound/demand.ts';
import { startPeriodicTimer } from '../../actors/sound/periodic-timer.ts';
import { FRAME_MS, FRAME_SIZE_10_MS, RECOMMENDED_FRAME_SIZE, SAMPLE_RATE_HZ } from '../../src/protocol/format.ts';

const AMPLITUDE = 10_000;
const DEFAULT_HZ = 440;

/** What all its speakers have played. */
export const played: number[] = [];

export const tone: AudioBackend = {
  name: 'tone',
  names: 'optional',
  microphone: {
    usage: 'tone[:HZ], a tone of 440 Hz or of another frequency',
    open:
      (hz = String(DEFAULT_HZ)) =>
      async ({ onSamples }, { clock }) => {
        const block = new Int16Array(RECOMMENDED_FRAME_SIZE);
        let at = 0;
        const timer = startPeriodicTimer(clock, FRAME_MS, (dueAtMs) => {
          for (let i = 0; i < block.length; i++, at++) {
            block[i] = AMPLITUDE * Math.sin((2 * Math.PI * Number(hz) * at) / SAMPLE_RATE_HZ);
          }
          onSamples(block, dueAtMs);
        });
        return { device: `${hz} Hz`, close: () => timer.stop() };
      },
  },
  speaker: {
    usage: 'tone, which keeps the reply in memory',
    open:
      () =>
      async ({ onDemand }, { clock }) => {
        const block = new Int16Array(FRAME_SIZE_10_MS);
        const timer = startPeriodicTimer(clock, 10, (dueAtMs) => {
          demandBlock(onDemand, block, dueAtMs);
          played.push(...block);
        });
        return { device: 'memory', outputLatencyMs: 0, close: () => timer.stop() };
      },
  },
};

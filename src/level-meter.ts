/**
 * Levels of what is recorded and played, gathered over blocks and reported a few times a second.
 */
import type { AudioLevels } from './audio-thread.ts';

const SILENCE_DB = -96;

export function createLevelMeter() {
  const sums = { microphone: newSum(), speaker: newSum() };
  return {
    add(way: 'microphone' | 'speaker', samples: Int16Array): void {
      const sum = sums[way];
      for (let i = 0; i < samples.length; i++) {
        const sample = samples[i] ?? 0;
        sum.energy += sample * sample;
        const magnitude = Math.abs(sample);
        if (magnitude > sum.peak) sum.peak = magnitude;
      }
      sum.samples += samples.length;
    },
    /** Levels since the last call; a way without samples is left out. */
    take(): AudioLevels {
      const levels: AudioLevels = {};
      for (const way of ['microphone', 'speaker'] as const) {
        const { energy, peak, samples } = sums[way];
        if (samples > 0) levels[way] = { rmsDb: db(Math.sqrt(energy / samples)), peakDb: db(peak) };
        sums[way] = newSum();
      }
      return levels;
    },
  };
}

function newSum() {
  return { energy: 0, peak: 0, samples: 0 };
}

function db(magnitude: number): number {
  return magnitude < 1 ? SILENCE_DB : Math.max(SILENCE_DB, 20 * Math.log10(magnitude / 32_768));
}

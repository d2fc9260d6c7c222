/**
 * Levels of the recorded and the played audio, computed over blocks and reported a few times a second.
 */
import type { AudioLevels, TimedLevels } from '../../core/actor/audio-metrics.ts';

const SILENCE_DB = -96;

/** @param stride uses every n-th sample: precise enough for a meter, at a fraction of the cost. */
export function createLevelMeter(stride = 1) {
  const sums = { microphone: newSum(), speaker: newSum() };
  return {
    add(way: 'microphone' | 'speaker', samples: Int16Array): void {
      const sum = sums[way];
      for (let i = 0; i < samples.length; i += stride) {
        const sample = samples[i] ?? 0;
        sum.energy += sample * sample;
        const magnitude = Math.abs(sample);
        if (magnitude > sum.peak) sum.peak = magnitude;
      }
      sum.samples += Math.ceil(samples.length / stride);
    },
    /** Levels since the last call; a direction without samples is omitted. */
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

/** 4 kHz instead of 16. */
const HISTORY_STRIDE = 4;
/** Slots that are stored until they are read. */
const SLOTS_LIMIT = 20;

/**
 * Levels as a history, without a timer: the blocks themselves mark the end of a slot. The oldest slots are dropped when
 * they are not read in time.
 */
export function createLevelHistory(now: () => number, slotMs: number) {
  const meter = createLevelMeter(HISTORY_STRIDE);
  let slots: TimedLevels[] = [];
  let startedAtMs: number | undefined;
  return {
    add(way: 'microphone' | 'speaker', samples: Int16Array): void {
      const atMs = now();
      startedAtMs ??= atMs;
      meter.add(way, samples);
      if (atMs - startedAtMs < slotMs) return;
      startedAtMs = undefined;
      slots.push({ ...meter.take(), atMs });
      if (slots.length > SLOTS_LIMIT) slots.shift();
    },
    take(): TimedLevels[] {
      const taken = slots;
      slots = [];
      return taken;
    },
  };
}

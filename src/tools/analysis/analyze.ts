/**
 * Measures a recording: level, silence, clipping, DC offset, noise. Pure.
 *
 * Clipping is measured in each channel; everything else in the mean of all channels, which is what Earshot uses.
 */
import type { Recording } from '../../../actors/sound/wav-format.ts';
import { type ClippedRun, createClippingDetector } from '../../core/signal/clipping.ts';
import { decibels } from '../../core/signal/decibels.ts';
import { createWindowLevels } from '../../core/signal/windows.ts';
import { findings, type RecordingFinding } from './findings.ts';
import type { Measures } from './measures.ts';
import { createNoiseFloor } from './noise-floor.ts';
import { createSilenceDetector } from './silence.ts';

export interface AnalysisOptions {
  /** Windows below this are silence. */
  silenceDb: number;
  /** Shorter pauses are part of speech. */
  minSilenceMs: number;
  onShare?: (share: number) => void;
}

export interface Analysis extends Measures {
  /** For people: problems and remedies. */
  findings: RecordingFinding[];
}

const WINDOW_MS = 20;
const BLOCK_FRAMES = 16_384;
/** Two samples in a row may be the peak of a loud wave. */
const MIN_CLIPPED_SAMPLES = 3;
/** Clipped runs that are listed; a recording with more is clipped everywhere. */
const MAX_LISTED_RUNS = 20;

export function analyze(recording: Recording, options: AnalysisOptions): Analysis {
  const { sampleRateHz, channels, frames, fullScale } = recording;
  const seconds = frames / sampleRateHz;
  const windows = createWindowLevels(Math.round((sampleRateHz * WINDOW_MS) / 1_000), 1);
  const silence = createSilenceDetector(WINDOW_MS, options.minSilenceMs);
  const noise = createNoiseFloor();
  const clipped: (ClippedRun & { channel: number })[] = [];
  const total = { runs: 0, samples: 0, longest: 0 };
  const detectors = Array.from({ length: channels }, (_, channel) =>
    createClippingDetector({
      fullScale,
      minSamples: MIN_CLIPPED_SAMPLES,
      onRun(run) {
        total.runs += 1;
        total.samples += run.samples;
        total.longest = Math.max(total.longest, run.samples);
        if (clipped.length < MAX_LISTED_RUNS) clipped.push({ ...run, channel });
      },
    }),
  );
  let sum = 0;
  let squares = 0;
  let peak = 0;
  let seen = 0;

  for (let block = recording.readChannels(BLOCK_FRAMES); (block[0]?.length ?? 0) > 0; ) {
    for (const [channel, samples] of block.entries()) detectors[channel]?.add(samples);
    const mono = mixed(block);
    for (const sample of mono) {
      sum += sample;
      squares += sample * sample;
      peak = Math.max(peak, Math.abs(sample));
    }
    windows.add(mono, (rms) => {
      const levelDb = decibels(rms);
      silence.add(levelDb < options.silenceDb);
      noise.add(levelDb);
    });
    seen += mono.length;
    options.onShare?.(seen / frames);
    block = recording.readChannels(BLOCK_FRAMES);
  }
  for (const detector of detectors) detector.finish();

  const noiseFloorDb = noise.valueDb();
  const measures: Measures = {
    sampleRateHz,
    channels,
    seconds,
    level: { rmsDb: decibels(Math.sqrt(squares / frames)), peakDb: decibels(peak) },
    dcOffsetPercent: (sum / frames) * 100,
    ...(noiseFloorDb === undefined ? {} : { noiseFloorDb }),
    silence: {
      thresholdDb: options.silenceDb,
      minMs: options.minSilenceMs,
      share: Math.min(1, silence.silentMs() / (seconds * 1_000)),
      stretches: silence.stretches(),
    },
    clipping: {
      runs: total.runs,
      samples: total.samples,
      share: total.samples / (frames * channels),
      longestMs: (total.longest / sampleRateHz) * 1_000,
      first: clipped
        .sort((a, b) => a.at - b.at)
        .map(({ at, channel }) => ({ atMs: (at / sampleRateHz) * 1_000, channel: channel + 1 })),
    },
  };
  return { ...measures, findings: findings(measures) };
}

function mixed(channels: Float32Array[]): Float32Array {
  const [first = new Float32Array(0), ...others] = channels;
  if (others.length === 0) return first;
  return first.map((sample, i) => others.reduce((sum, other) => sum + (other[i] ?? 0), sample) / channels.length);
}

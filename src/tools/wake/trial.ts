/** A wake word engine on a microphone, to see what it would have heard. */
import type { OpenMicrophone } from '../../../actors/sound/port.ts';
import { openWakeEngine } from '../../../actors/wake/engines.ts';
import { createScope } from '../../core/actor/scope.ts';
import type { EarshotError } from '../../core/errors.ts';
import type { Log } from '../../core/log/log.ts';
import type { Clock } from '../../core/time/clock.ts';

export interface WakeTrialOptions {
  wakeWord: string;
  modelsFolder: string;
  microphone: OpenMicrophone;
  clock: Clock;
  log: Log;
  /** Ends it. */
  signal: AbortSignal;
  onOpened(device: string): void;
  /** `atMs`: since the beginning. */
  onScore(score: number, atMs: number): void;
  onFound(word: string, score: number, atMs: number): void;
}

export interface WakeTrial {
  heardMs: number;
  found: number;
  /** Undefined: the engine has no scores. */
  highest: number | undefined;
  /** The highest scores that were no wake word, in time; each stands for a second. */
  peaks: { atMs: number; score: number }[];
}

/** A lower one is nothing to look at. */
const LOWEST_PEAK = 0.2;
const PEAK_MS = 1_000;
const MOST_PEAKS = 10;
/** The scores of a word that was found stay high for a while. */
const AFTER_WORD_MS = 1_500;
/** After the end of a file the last scores are still computed. */
const LAST_SCORES_MS = 500;

/** @throws EarshotError of the engine and the microphone */
export async function tryWakeWord(options: WakeTrialOptions): Promise<WakeTrial> {
  const { wakeWord, modelsFolder, microphone, clock, log, signal, onOpened, onScore, onFound } = options;
  const trial: WakeTrial = { heardMs: 0, found: 0, highest: undefined, peaks: [] };
  let startAtMs: number | undefined;
  let restedAtMs = 0;
  const sinceStart = (atMs: number) => atMs - (startAtMs ?? atMs);

  function noteScore(score: number, atMs: number): void {
    trial.highest = Math.max(score, trial.highest ?? 0);
    onScore(score, atMs);
    if (score < LOWEST_PEAK || atMs < restedAtMs) return;
    const near = trial.peaks.find((peak) => atMs - peak.atMs < PEAK_MS);
    if (!near) trial.peaks.push({ atMs, score });
    else if (score > near.score) Object.assign(near, { atMs, score });
  }

  await new Promise<void>((resolve, reject) => {
    const scope = createScope('the trial of a wake word', { clock, log, onCrash: reject });
    const end = scope.guard(() => {
      scope.end();
      resolve();
    });
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) return end();
    scope.run(async () => {
      const engine = await openWakeEngine(wakeWord, {
        modelsFolder,
        onScore: ({ score, atMs }) => noteScore(score, sinceStart(atMs)),
      })(({ word, score, startedAtMs, endedAtMs }) => {
        trial.found += 1;
        // The peak is that of the word.
        trial.peaks = trial.peaks.filter(({ atMs }) => atMs < sinceStart(startedAtMs));
        restedAtMs = sinceStart(endedAtMs) + AFTER_WORD_MS;
        onFound(word, score, sinceStart(endedAtMs));
      }, scope);
      const opened = await microphone(
        {
          onSamples(samples, lastSampleAtMs) {
            startAtMs ??= lastSampleAtMs - samples.length / 16;
            trial.heardMs = lastSampleAtMs - startAtMs;
            engine.push(samples, lastSampleAtMs);
          },
          onEnd: () => void scope.clock.setTimeout(end, LAST_SCORES_MS),
          onOverflow: () => log.warn('the card dropped samples'),
          onLost: (error: EarshotError) => scope.crash(error),
        },
        scope,
      );
      scope.onEnd(() => opened.close());
      onOpened(opened.device);
    });
  });
  trial.peaks = trial.peaks
    .toSorted((a, b) => b.score - a.score)
    .slice(0, MOST_PEAKS)
    .toSorted((a, b) => a.atMs - b.atMs);
  return trial;
}

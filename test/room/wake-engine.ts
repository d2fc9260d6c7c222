/**
 * An openWakeWord engine for virtual time: the same models, steps and rule as on a device, on this thread, because a thread of its own
 * would answer in real time.
 */
import type { OpenWakeEngine } from '../../actors/listening/wake-engine.ts';
import { openScorer } from '../../actors/wake/scorer.ts';
import { StepCutter } from '../../actors/wake/step-cutter.ts';
import { createWakeDetector, DEFAULT_RULE } from '../../actors/wake/wake-detector.ts';
import { modelFiles } from '../../src/models/model-files.ts';

/** Of a word that can be fetched: its length, and how long after its end it is found. As in actors/wake/open-wake-word.ts. */
const WORD_MS = 800;
const LAG_MS = 100;

/** Those that can be fetched. */
export const WAKE_WORDS = ['hey_jarvis', 'hey_mycroft', 'hey_rhasspy', 'alexa'] as const;
export type FetchedWakeWord = (typeof WAKE_WORDS)[number];

export interface LoadedWakeEngine {
  open: OpenWakeEngine;
  close(): void;
}

/** @throws EarshotError `models_missing` */
export async function loadWakeEngine(word: FetchedWakeWord, modelsFolder: string): Promise<LoadedWakeEngine> {
  const scorer = await openScorer(await modelFiles(`wake:${word}`, modelsFolder));
  return {
    open: async (onWake) => {
      scorer.reset();
      const detector = createWakeDetector(DEFAULT_RULE);
      let isOpen = true;
      const cutter = new StepCutter((step, atMs) => {
        const found = detector.push(scorer.push(step, atMs), atMs);
        if (!found || !isOpen) return;
        const endedAtMs = found.atMs - LAG_MS;
        onWake({ word, score: found.score, startedAtMs: endedAtMs - WORD_MS, endedAtMs });
      });
      return {
        push: (samples, lastSampleAtMs) => cutter.push(samples, lastSampleAtMs),
        close() {
          isOpen = false;
        },
      };
    },
    close: () => scorer.close(),
  };
}

/**
 * openWakeWord in this process: cuts the sound into steps, scores them in a thread, and decides by the scores.
 */
import { EarshotError } from '../../src/core/errors.ts';
import { modelFiles } from '../../src/models/model-files.ts';
import type { WakeEngineOptions, WakeEngineProvider } from './provider.ts';
import type { WakeModelFiles } from './scorer.ts';
import { StepCutter } from './step-cutter.ts';
import { readTrainedHead } from './trained-head.ts';
import { createWakeDetector, DEFAULT_RULE, type WakeRule } from './wake-detector.ts';
import { startWakeThread } from './wake-thread.ts';

/** The words that can be fetched: earshot models fetch wake:WORD. */
const WORDS = ['hey_jarvis', 'hey_mycroft', 'hey_rhasspy', 'alexa'] as const;
type Word = (typeof WORDS)[number];
/** The score reaches the threshold so long after the end of the word: 57 to 203 ms with five voices. */
const LAG_MS = 100;
/** How long such a word takes, spoken at a normal speed. */
const WORD_MS = 800;

interface WakeModel {
  /** For people. */
  word: string;
  files: WakeModelFiles;
  rule: Partial<WakeRule>;
  wordMs: number;
}

export const openWakeWord: WakeEngineProvider = {
  async check(options) {
    await finderOf(options)();
  },
  open(options) {
    const { rule, onScore } = options;
    const findModel = finderOf(options);
    return async (onWake, scope) => {
      const model = await findModel();
      const { word, wordMs } = model;
      const detector = createWakeDetector({ ...DEFAULT_RULE, ...model.rule, ...rule });
      const thread = await startWakeThread(
        model.files,
        (score, atMs) => {
          onScore?.({ score, atMs });
          const detection = detector.push(score, atMs);
          if (!detection) return;
          const endedAtMs = detection.atMs - LAG_MS;
          onWake({ word, score: detection.score, startedAtMs: endedAtMs - wordMs, endedAtMs });
        },
        scope,
      );
      const cutter = new StepCutter(thread.push);
      return { push: (samples, lastSampleAtMs) => cutter.push(samples, lastSampleAtMs), close: thread.close };
    };
  },
};

/** @throws EarshotError `usage` */
function finderOf(options: WakeEngineOptions): () => Promise<WakeModel> {
  const { target } = options;
  return isWord(target) ? wordModel(target, options) : fileModel(target, options);
}

function isWord(target: string): target is Word {
  return (WORDS as readonly string[]).includes(target);
}

function wordModel(word: Word, { modelsFolder }: WakeEngineOptions) {
  return async (): Promise<WakeModel> => {
    const files = await modelFiles(`wake:${word}`, modelsFolder);
    return { word: word.replaceAll('_', ' '), files, rule: {}, wordMs: WORD_MS };
  };
}

/** @throws EarshotError `usage`: neither a word nor a file */
function fileModel(path: string, { modelsFolder }: WakeEngineOptions) {
  if (!/\.(json|onnx)$/.test(path)) {
    const hint = `There are ${WORDS.join(', ')}; or give a file: FILE.json (earshot wake train) or FILE.onnx.`;
    throw new EarshotError('usage', `openWakeWord has no wake word ${path}`, hint);
  }
  return async (): Promise<WakeModel> => {
    const features = await modelFiles('wake:features', modelsFolder);
    const files = { ...features, head: path };
    if (path.endsWith('.onnx')) return { word: nameOf(path), files, rule: {}, wordMs: WORD_MS };
    const { phrase, phraseMs, threshold } = await readTrainedHead(path);
    return { word: phrase, files, rule: { threshold }, wordMs: phraseMs };
  };
}

function nameOf(path: string): string {
  return path.replace(/^.*\//, '').replace(/(_v[\d.]+)?\.onnx$/, '');
}

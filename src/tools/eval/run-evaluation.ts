/**
 * An evaluation from its options to its results: opens the voices, asks, and closes everything.
 */
import type { PartContext } from '../../../actors/assistant/parts/provider.ts';
import { EarshotError } from '../../core/errors.ts';
import { type CaseResult, evaluateCases } from './evaluate.ts';
import type { Line } from './line.ts';
import type { Noise } from './noise.ts';
import { type Case, casesOf, type Half, type Suite } from './suite.ts';
import { placeSpeech } from './utterance.ts';
import { openBabblers } from './voices/babblers.ts';
import { openVoices } from './voices/open-voices.ts';
import type { MissingVoice } from './voices/voice.ts';

export interface EvaluationOptions {
  suite: Suite;
  voices: readonly string[];
  /** Folder of a person's recordings. */
  recordings?: string | undefined;
  noises: readonly (Noise | undefined)[];
  half: Half | 'all';
  /** Only questions of these kinds, or with these ids, with or without the number of a phrasing. */
  only?: readonly string[] | undefined;
  atOnce: number;
  iterations: number;
  /** For the voices. */
  context: PartContext;
  /** Opened last, and closed with the evaluation. */
  openLine(): Promise<Line>;
  onProgress(what: string, share: number | undefined): void;
}

export interface EvaluationResult {
  results: CaseResult[];
  /** Voices that this machine does not have. */
  missing: MissingVoice[];
}

/** @throws EarshotError `usage`, `models_missing`, and why the line cannot be opened or was lost */
export async function runEvaluation(options: EvaluationOptions): Promise<EvaluationResult> {
  const { suite, noises, context, onProgress } = options;
  const cases = selectedCases(options);
  onProgress('opening the voices', undefined);
  const { voices, missing, close } = await openVoices(options.voices, options.recordings, context);
  try {
    const babblers = noises.some((noise) => noise?.kind === 'babble')
      ? (await openBabblers(context)).map(placeSpeech)
      : [];
    onProgress('opening the line', undefined);
    const line = await options.openLine();
    try {
      const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
      const { atOnce, iterations } = options;
      const results = await evaluateCases({
        ...{ suite, cases, voices, noises, babblers, line, timeZone, atOnce, iterations },
        onProgress: (share) => onProgress('asking', share),
      });
      return { results, missing };
    } finally {
      await line.close();
    }
  } finally {
    await close();
  }
}

/** @throws EarshotError `usage`: there are none */
function selectedCases({ suite, half, only }: EvaluationOptions): Case[] {
  const isAsked = ({ id, kind }: Case) =>
    only === undefined || only.some((name) => kind === name || `${id}/`.startsWith(`${name}/`));
  const cases = casesOf(suite).filter((each) => (half === 'all' || each.half === half) && isAsked(each));
  if (cases.length > 0) return cases;
  const kinds = [...new Set(suite.questions.map(({ kind }) => kind))].join(', ');
  throw new EarshotError('usage', 'No question is selected', `The suite has these kinds: ${kinds}.`);
}

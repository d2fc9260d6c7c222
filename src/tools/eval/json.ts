/**
 * An evaluation for programs: what `earshot eval --json` prints. docs/evaluation.md describes the fields. Pure.
 */
import { systemClock } from '../../core/time/clock.ts';
import { isoTime } from '../../core/time/iso-time.ts';
import type { CaseResult } from './evaluate.ts';
import type { EvaluationResult } from './run-evaluation.ts';
import type { VoiceSummary } from './summary.ts';
import type { MissingVoice } from './voices/voice.ts';

export interface EvaluationJson {
  suite: string;
  half: string;
  /** `line`: through the whole line; `fast`: to the assistant directly. */
  way: 'line' | 'fast';
  /** Wall clock, ISO 8601. */
  startedAt: string;
  seconds: number;
  voices: VoiceSummary[];
  missingVoices: MissingVoice[];
  questions: CaseResult[];
}

export function evaluationJson(
  { suite, half, fast, startedAtMs }: { suite: string; half: string; fast?: boolean; startedAtMs: number },
  { results, missing }: EvaluationResult,
  voices: VoiceSummary[],
): EvaluationJson {
  return {
    ...{ suite, half, way: fast ? 'fast' : 'line' },
    startedAt: isoTime(startedAtMs),
    seconds: Math.round((systemClock.wallNow() - startedAtMs) / 1_000),
    ...{ voices, missingVoices: missing, questions: results },
  };
}

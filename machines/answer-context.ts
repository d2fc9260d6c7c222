/**
 * The context of the answer machine, its notifications, its time limits and their errors.
 */
import type { AnswerContract } from '../src/core/contracts/index.ts';
import type { ErrorInfo } from '../src/core/errors.ts';

/**
 * From the end of the utterance until something is said, an apology included, there are at most 14.5 s: less than the session's limit for
 * the beginning of a reply.
 */
export const ANSWER_DELAYS_MS = {
  /** From the end of the utterance to its text. */
  transcriptionLimit: 4_000,
  /** From then to the first piece of the answer. */
  thinkingLimit: 5_000,
  /** From then to the first frames. */
  firstAudioLimit: 3_000,
  /** From one sentence to the next, or to the end. */
  stallLimit: 20_000,
  /** To say what went wrong. */
  apologyLimit: 2_500,
} as const;

export interface AnswerContext {
  /** Number of the question that the brain answers; 0: none. */
  ask: number;
  /** Its text, if it was asked before the utterance was over. */
  draft: string | undefined;
  /** There is a first piece of the answer to it. */
  isBegun: boolean;
  /** What went wrong. */
  error: ErrorInfo;
  /** The person was told of it. */
  isTold: boolean;
}

export type AnswerEvent = AnswerContract['receives'];

export type AnswerOutcome = 'done' | 'interrupted' | 'failed';
export type AnswerNotification =
  /** It went wrong; the person is told now. */
  | { type: 'answer.failing'; error: ErrorInfo }
  /** `isTold`: the person was told that it failed. */
  | { type: 'answer.ended'; outcome: AnswerOutcome; error: ErrorInfo; isTold: boolean };

const tooSlow = (what: string, limitMs: number): ErrorInfo => ({
  code: 'assistant_timeout',
  message: `${what} within ${limitMs / 1_000} s`,
  hint: 'Try again; if it stays so slow, choose another provider: earshot doctor.',
});
/** The errors of the time limits. */
export const ANSWER_TIMEOUTS = {
  transcription: tooSlow('The utterance was not recognised', ANSWER_DELAYS_MS.transcriptionLimit),
  thinking: tooSlow('The brain did not begin to answer', ANSWER_DELAYS_MS.thinkingLimit),
  firstAudio: tooSlow('The answer was not spoken', ANSWER_DELAYS_MS.firstAudioLimit),
  stall: tooSlow('The answer did not go on', ANSWER_DELAYS_MS.stallLimit),
} as const;
export const NOTHING_HEARD: ErrorInfo = {
  code: 'nothing_heard',
  message: 'Nothing was recognised in the utterance',
  hint: 'Speak louder, or closer to the microphone.',
};

export const INITIAL_ANSWER: AnswerContext = {
  ask: 0,
  draft: undefined,
  isBegun: false,
  error: { code: 'internal', message: 'There was no error', hint: '' },
  isTold: false,
};

/**
 * When the person has finished: a silence that is longer than his pauses. Pure; in the time of the samples.
 *
 * A pause is recognised as one when he goes on. So the silence must be longer for somebody who has just paused: 1.5 times
 * his longest pause in this utterance.
 */
import { FRAME_MS } from '../../src/protocol/format.ts';
import { MAX_HOLD_MS, type Patience } from '../../src/protocol/listening.ts';

/**
 * The shortest and the longest wait. OpenAI's server_vad waits 500 ms, LiveKit from 500 ms, Pipecat 200 to 800 ms. Patient: longer than
 * nearly all pauses in sentences whose pauses have a 95th percentile of 900 ms (`npm run bench:listening`).
 */
const WAIT_MS: Record<Patience, { least: number; most: number }> = {
  quick: { least: 350, most: 850 },
  normal: { least: 500, most: 1_200 },
  patient: { least: 1_500, most: 2_400 },
};
const LONGER_THAN_PAUSE = 1.5;

export interface EndOfSpeech {
  /** The last sample of speech. */
  atMs: number;
  waitedMs: number;
}

export interface EndRule {
  /** Returns the end, once. */
  add(isVoice: boolean, endsAtMs: number): EndOfSpeech | undefined;
  /** The person will probably go on: no end within this time from now on, in this pause. A later hold replaces it. */
  hold(holdMs: number): void;
  setPatience(patience: Patience): void;
}

/** Created when the person speaks. */
export function createEndRule(initialPatience: Patience): EndRule {
  let patience = initialPatience;
  let silentMs = 0;
  let longestPauseMs = 0;
  /** Silence before which there is no end. */
  let heldUntilMs = 0;
  let isOver = false;

  function waitMs(): number {
    const { least, most } = WAIT_MS[patience];
    return Math.min(most, Math.max(least, longestPauseMs * LONGER_THAN_PAUSE));
  }

  return {
    add(isVoice, endsAtMs) {
      if (isOver) return undefined;
      if (isVoice) {
        longestPauseMs = Math.max(longestPauseMs, silentMs);
        silentMs = 0;
        heldUntilMs = 0;
        return undefined;
      }
      silentMs += FRAME_MS;
      if (silentMs < Math.max(waitMs(), Math.min(heldUntilMs, waitMs() + MAX_HOLD_MS))) return undefined;
      isOver = true;
      return { atMs: endsAtMs - silentMs, waitedMs: silentMs };
    },
    hold(holdMs) {
      heldUntilMs = silentMs + holdMs;
    },
    setPatience(next) {
      patience = next;
    },
  };
}

/**
 * What a turn is doing, or how it ended, in a word or two. Pure.
 */
import { type KnownTrigger, TRIGGERS } from '../../../protocol/triggers.ts';
import type { Tone } from '../../design/states.tsx';
import type { ShownTurn } from './shown-turn.ts';

export interface TurnStatus {
  text: string;
  tone?: Tone;
  /** It goes on. */
  isLive: boolean;
}

/** Longer than any turn: the gateway that ran it did not tell its end. */
const LONGEST_TURN_MS = 20 * 60_000;

const NOW: Record<ShownTurn['state'], string> = {
  idle: 'waiting',
  recording: 'listening',
  streaming: 'listening',
  processing: 'thinking',
  receiving: 'answering',
  playing: 'answering',
  error: 'failed',
};

export function turnStatus(
  turn: Pick<ShownTurn, 'state' | 'outcome' | 'error' | 'startedAt'>,
  nowMs: number,
): TurnStatus {
  const { state, outcome, error, startedAt } = turn;
  if (outcome === 'failed' || error !== undefined) return { text: 'failed', tone: 'danger', isLive: false };
  if (outcome === 'aborted') return { text: 'interrupted', tone: 'warning', isLive: false };
  if (outcome === 'done') {
    const isPlaying = state === 'playing' || state === 'receiving';
    return isPlaying && nowMs - startedAt < LONGEST_TURN_MS
      ? { text: 'answering', tone: 'accent', isLive: true }
      : { text: 'answered', isLive: false };
  }
  if (nowMs - startedAt > LONGEST_TURN_MS) return { text: 'not finished', tone: 'warning', isLive: false };
  return { text: NOW[state], tone: 'accent', isLive: true };
}

/** What began it, as a sentence. A trigger of a later version is told by its name. */
export function triggerInWords(trigger: string): string {
  const known: string | undefined = TRIGGERS[trigger as KnownTrigger];
  return known ?? trigger;
}

/** What became of a turn that ended without an error and without an answer. */
export function causeWithoutError({ outcome, transcript }: Pick<ShownTurn, 'outcome' | 'transcript'>) {
  if (outcome === 'failed') {
    return {
      message: 'The turn did not end, and nobody told why.',
      hint: 'The device may have lost its connection or its power. Its log says more: journalctl -u earshot.',
    };
  }
  if (outcome === 'aborted') {
    return {
      message: 'The person interrupted it, or the device cancelled it.',
      hint: undefined,
    };
  }
  return transcript === ''
    ? {
        message: 'No speech was recognised.',
        hint: 'Was the microphone muted, covered, or far away? Play the recording.',
      }
    : undefined;
}

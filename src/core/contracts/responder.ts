import type { PlaybackReport } from '../../protocol/control.ts';
import type { EndReason, Patience } from '../../protocol/listening.ts';
import { contract, event, type TypesOf } from './contract.ts';
import { atMs, error, id, turn } from './samples.ts';

/** What a responder has of its answer: what was said, the first piece of text, the first sentence, the first frame. */
export type AnswerStage = 'transcribed' | 'firstToken' | 'firstSentence' | 'firstAudio';

/** A tool that a responder called. */
export interface UsedTool {
  name: string;
  /** JSON. */
  input: string;
  /** Why it failed; undefined if it did not. */
  error?: string;
}

/** The responder: it receives a turn and answers it. */
export const responderContract = contract('responder', {
  receives: {
    'responder.begin': event<{
      turn: number;
      id: string;
      announcement?: string;
      patience?: Patience;
      wakeWord?: string;
    }>('packets of this turn follow, or it is for an announcement', { turn, id }),
    'responder.abort': event('the reply is not needed any more', { turn }),
    'responder.played': event<PlaybackReport>('how the playback of the reply goes, also after the turn', {
      turn,
      event: 'started',
      playedMs: 0,
    }),
  },
  sends: {
    'responder.partial': event('what was recognised so far', { turn, text: 'what time' }),
    /** `waitFactor`: of all waits, because this person was cut off before. */
    'responder.hold': event<{ turn: number; holdMs: number; waitFactor?: number }>(
      'the sentence is probably not finished',
      { turn, holdMs: 800 },
    ),
    'responder.end': event<{ turn: number; reason: EndReason }>('the utterance is over, or there was no speech in it', {
      turn,
      reason: 'finished',
    }),
    'responder.processing': event<{ turn: number; transcript?: string }>(
      'the whole turn has arrived; the reply is being prepared',
      {
        turn,
      },
    ),
    'responder.replying': event<{ turn: number; text?: string }>('the reply begins', { turn }),
    'responder.caption': event('the words from this time of the reply on', { turn, text: 'Half past ten.', fromMs: 0 }),
    'responder.tool': event<{ turn: number; call: UsedTool }>('a tool was called to answer', {
      turn,
      call: { name: 'set_timer', input: '{"seconds":60}' },
    }),
    'responder.stage': event<{ turn: number; stage: AnswerStage; atMs: number }>('how far the answer has come', {
      turn,
      stage: 'transcribed',
      atMs,
    }),
    'responder.asks': event('the reply asks the person something: an answer is awaited', { turn }),
    'responder.finished': event('the reply is complete', { turn }),
    'responder.failed': event('the turn cannot be answered', { turn, error }),
  },
});
export type ResponderContract = TypesOf<typeof responderContract>;

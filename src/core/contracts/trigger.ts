import type { Patience } from '../../protocol/listening.ts';
import type { Trigger } from '../../protocol/triggers.ts';
import { contract, event, type TypesOf } from './contract.ts';
import { atMs, id } from './samples.ts';

export interface TurnStart {
  /** A UUIDv7: the turn's name on the device, on the wire and in the cloud. */
  id: string;
  trigger: Trigger;
  /** By the wall clock, which may be wrong. */
  startedAtMs: number;
  /** Only of a turn whose end is found by listening. */
  patience?: Patience;
  /** Only of a turn that began with a wake word. */
  wake?: HeardWakeWord;
}

/** For the gateway, which chooses one of several devices that have heard it. */
export interface HeardWakeWord {
  word: string;
  /** How sure the engine is, 0 to 1. */
  score: number;
  /** Of the word, in dB of full scale. */
  levelDb: number;
  /** When it ended, monotonic clock. */
  atMs: number;
}

export const triggerContract = contract('trigger', {
  receives: { 'trigger.ready': event('the conversation is idle and the link is known: a press starts a turn') },
  sends: {
    'talk.pressed': event<TurnStart>('the person starts to speak', { id, trigger: 'page', startedAtMs: atMs }),
    'talk.released': event('the person has finished', { atMs }),
    'talk.cancelled': event('the person cancels the turn'),
  },
});
export type TriggerContract = TypesOf<typeof triggerContract>;

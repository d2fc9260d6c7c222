import type { Trigger } from '../../protocol/triggers.ts';
import { contract, event, type TypesOf } from './contract.ts';
import { atMs, id } from './samples.ts';

export interface TurnStart {
  /** A UUIDv7: the name of the turn that this starts, wherever it is kept. */
  id: string;
  trigger: Trigger;
  /** By the wall clock, whatever it says. */
  startedAtMs: number;
}

export const triggerContract = contract('trigger', {
  receives: { 'trigger.ready': event('the line is idle and connected: a press will be taken') },
  sends: {
    'talk.pressed': event<TurnStart>('the person wants to speak', { id, trigger: 'page', startedAtMs: atMs }),
    'talk.released': event('the person has finished', { atMs }),
    'talk.cancelled': event('the person takes it back'),
  },
});
export type TriggerContract = TypesOf<typeof triggerContract>;

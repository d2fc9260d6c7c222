import type { ErrorInfo } from '../errors.ts';
import type { ActorName } from './actors.ts';
import { event } from './contract.ts';
import { error } from './samples.ts';

/** From an actor's host to its supervisor. */
export const hosting = { 'actor.crashed': event('the actor threw, or its thread ended', { error }) };

/** From a supervisor to its parent, beside the actor's events. */
export const supervision = {
  'actor.restarting': event<{ actor: ActorName; crashes: number; delayMs: number; error: ErrorInfo }>(
    'an actor crashed and will be restarted',
    {
      actor: 'capture',
      crashes: 1,
      delayMs: 100,
      error,
    },
  ),
  'actor.restarted': event<{ actor: ActorName }>('the actor was restarted', { actor: 'capture' }),
};

import type { ErrorInfo } from '../errors.ts';
import type { ActorName } from './actors.ts';
import { event } from './contract.ts';
import { error } from './samples.ts';

/** An actor's host to its supervisor. */
export const hosting = { 'actor.crashed': event('the actor threw, or its thread ended', { error }) };

/** A supervisor to the machine above it, beside what the actor sends. */
export const supervision = {
  'actor.restarting': event<{ actor: ActorName; crashes: number; delayMs: number; error: ErrorInfo }>(
    'an actor crashed and is started again',
    {
      actor: 'capture',
      crashes: 1,
      delayMs: 100,
      error,
    },
  ),
  'actor.restarted': event<{ actor: ActorName }>('it runs again', { actor: 'capture' }),
};

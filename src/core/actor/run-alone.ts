/**
 * Runs work that nobody waits for and that belongs to no actor, in a scope of its own: an error in it is logged, and ends nothing else.
 */
import { messageOf } from '../errors.ts';
import type { Log } from '../log/log.ts';
import type { Clock } from '../time/clock.ts';
import { createScope } from './scope.ts';

/** @param name of the work, for the log */
export function runAlone(name: string, { clock, log }: { clock: Clock; log: Log }, work: () => Promise<void>): void {
  const onCrash = (error: unknown) => log.error('a task failed', { part: name, error: messageOf(error) });
  createScope(name, { clock, log, onCrash }).run(work);
}

/**
 * Keeps a part running that has no parent machine (delivery to the cloud, the monitor). It has its own scope, and is restarted after
 * a crash, with the delays of the supervisor (machines/supervise.ts).
 */

import { messageOf } from '../errors.ts';
import type { Log } from '../log/log.ts';
import type { Clock } from '../time/clock.ts';
import { RESTART_DELAYS_MS, restartDelayMs } from './actor.ts';
import { createScope, type OwnedScope, type Scope } from './scope.ts';

export interface RunningPart {
  /** Since the process started. */
  crashes(): number;
  stop(): void;
}

/**
 * @param name for the log
 * @param start starts the part; called again after each crash
 */
export function keepRunning(
  name: string,
  { clock, log }: { clock: Clock; log: Log },
  start: (scope: Scope) => void,
): RunningPart {
  let crashes = 0;
  let inARow = 0;
  let startedAtMs = 0;
  let restart: unknown;
  let scope: OwnedScope;

  function run(): void {
    startedAtMs = clock.now();
    scope = createScope(name, { clock, log, onCrash });
    scope.guard(start)(scope);
  }

  function onCrash(error: unknown): void {
    crashes += 1;
    inARow = clock.now() - startedAtMs >= RESTART_DELAYS_MS.steady ? 1 : inARow + 1;
    const delayMs = restartDelayMs(inARow);
    log.error('a part crashed and is restarted', { part: name, crashes, delayMs, error: messageOf(error) });
    restart = clock.setTimeout(run, delayMs);
  }

  run();
  return {
    crashes: () => crashes,
    stop() {
      clock.clearTimeout(restart);
      scope.end();
    },
  };
}

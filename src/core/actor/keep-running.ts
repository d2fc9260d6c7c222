/**
 * Keeps a part running that no machine is above (delivery to the cloud, the monitor): in a scope of its own, and started again
 * after a crash, as an actor is by its supervisor (machines/supervise.ts).
 */

import { messageOf } from '../errors.ts';
import type { Log } from '../log/log.ts';
import type { Clock } from '../time/clock.ts';
import { RESTART_DELAYS_MS, restartDelayMs } from './actor.ts';
import { createScope, type OwnedScope, type Scope } from './scope.ts';

export interface RunningPart {
  /** In its whole life. */
  crashes(): number;
  stop(): void;
}

/**
 * @param name for the log
 * @param start starts the part; called again after each crash, whatever it threw, then or later
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
    log.error(`${name} crashed and is started again`, { crashes, delayMs, error: messageOf(error) });
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

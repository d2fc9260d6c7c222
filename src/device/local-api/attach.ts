/**
 * The local API of a running daemon: its events, and its server, which is restarted after a crash.
 */
import { keepRunning } from '../../core/actor/keep-running.ts';
import { EarshotError, errorFields } from '../../core/errors.ts';
import type { Log } from '../../core/log/log.ts';
import type { Clock } from '../../core/time/clock.ts';
import { type LocalApiOptions, startLocalApi } from './local-api-server.ts';

export interface AttachLocalApiOptions extends LocalApiOptions {
  /** Called when the port is open. */
  onPort?: (port: number) => void;
  clock: Clock;
  log: Log;
}

/** Returns a function that stops it. A socket or a port that cannot be opened is logged: the device works without it. */
export function attachLocalApi({ onPort, clock, log, ...options }: AttachLocalApiOptions): () => void {
  const server = keepRunning('the local API', { clock, log }, (scope) => {
    scope.run(async () => {
      try {
        const { port } = await startLocalApi(options, scope);
        if (port !== undefined) onPort?.(port);
      } catch (error) {
        if (!(error instanceof EarshotError)) throw error;
        log.error('the local API cannot be started', errorFields(error));
      }
    });
  });
  return () => server.stop();
}

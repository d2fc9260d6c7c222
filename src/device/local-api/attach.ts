/**
 * The local API of a running daemon: its server, and the commands on its events. Each is restarted after a crash.
 */
import { keepRunning } from '../../core/actor/keep-running.ts';
import { EarshotError, errorFields } from '../../core/errors.ts';
import type { Log } from '../../core/log/log.ts';
import type { Clock } from '../../core/time/clock.ts';
import { type Hook, startHooks } from './hooks.ts';
import { type LocalApiOptions, startLocalApi } from './local-api-server.ts';

export interface AttachLocalApiOptions extends LocalApiOptions {
  /** Commands that run on events. */
  hooks: readonly Hook[];
  /** Called when the port is open. */
  onPort?: (port: number) => void;
  clock: Clock;
  log: Log;
}

/** Returns a function that stops it. A socket or a port that cannot be opened is logged: the device works without it. */
export function attachLocalApi({ hooks, onPort, clock, log, ...options }: AttachLocalApiOptions): () => void {
  const commands = keepRunning('the commands of --on', { clock, log }, (scope) => {
    startHooks(hooks, options.events, scope);
  });
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
  return () => {
    commands.stop();
    server.stop();
  };
}

/** Waits for events of clients and turns. */
import type { Client, ClientEvents, Turn, TurnEvents } from '../../src/client/index.ts';
import { inTime } from '../support/in-time.ts';

/** The next event of this name that fits. */
export function next<Name extends keyof ClientEvents>(
  source: Client,
  name: Name,
  fits?: (event: ClientEvents[Name]) => boolean,
): Promise<ClientEvents[Name]>;
export function next<Name extends keyof TurnEvents>(
  source: Turn,
  name: Name,
  fits?: (event: TurnEvents[Name]) => boolean,
): Promise<TurnEvents[Name]>;
export function next(
  source: { on(name: never, listener: (event: never) => void): () => void },
  name: string,
  fits: (event: never) => boolean = () => true,
): Promise<unknown> {
  const wanted = new Promise<unknown>((resolve) => {
    const stop = source.on(name as never, (event) => {
      if (!fits(event)) return;
      stop();
      resolve(event);
    });
  });
  return inTime(wanted, `the event ${name}`);
}

/**
 * The embedded cloud of a gateway: started in the background, its address published for the operator's commands.
 */
import type { Limits } from '../core/limits/limits.ts';
import type { Log } from '../core/log/log.ts';
import { forgetEmbedded, publishEmbedded } from './cloud-address.ts';
import { openEmbeddedHome } from './embedded-home.ts';

export interface OwnCloud {
  /** Of its data. */
  folder: string;
  /** Of the records that wait for it. */
  queue: string;
  isEphemeral: boolean;
  gatewayKey: string;
  /** Rejects when it cannot be started. */
  url: Promise<string>;
  /** Also while it still starts. */
  close(): void;
}

/** @throws EarshotError `store_failed`, `store_full` */
export function openOwnCloud(state: string, isEphemeral: boolean, limits: Limits, log: Log): OwnCloud {
  const { folder, queue, gatewayKey, port, keepPort, leave } = openEmbeddedHome(state, isEphemeral);
  const stopping = new AbortController();

  async function start(): Promise<string> {
    const { startEmbeddedCloud } = await import('../cloud/supervise.ts');
    const started = await startEmbeddedCloud({ folder, isEphemeral, gatewayKey, port, limits, log }, stopping.signal);
    if (!stopping.signal.aborted) {
      keepPort(started.port);
      publishEmbedded(state, started);
    }
    return started.url;
  }

  const url = start();
  url.catch(() => undefined); // It is told by whoever waits for it.
  return {
    ...{ folder, queue, isEphemeral, gatewayKey, url },
    close() {
      forgetEmbedded(state);
      stopping.abort();
      leave();
    },
  };
}

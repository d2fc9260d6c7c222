/**
 * Opens the line to a responder in this process, with an embedded cloud of its own.
 */
import type { Log } from '../../core/log/log.ts';
import { type OpenHomeResponder, openTemporaryResponder, startTemporaryGateway } from '../latency/temporary-gateway.ts';
import { createDirectLine } from './direct-line.ts';
import type { Line } from './line.ts';
import { createWholeLine } from './whole-line.ts';

export interface OpenLineOptions {
  openResponder: OpenHomeResponder;
  /** Speech is given to the responder directly. */
  isFast: boolean;
  log: Log;
}

export async function openLine({ openResponder, isFast, log }: OpenLineOptions): Promise<Line> {
  if (!isFast) return createWholeLine({ gateway: await startTemporaryGateway(openResponder, log), log });
  const { responder, home, close } = await openTemporaryResponder(openResponder, log);
  // Only a connected device can have reminders.
  const connect = (device: string) => home.cloud.reminders.watch(device, () => {});
  return { ...createDirectLine({ responder, connect, log }), close };
}

/**
 * Opens the line to an assistant in this process.
 */
import type { Responder } from '../../../actors/responder/responder.ts';
import type { Log } from '../../core/log/log.ts';
import { startTemporaryGateway } from '../latency/temporary-gateway.ts';
import { createDirectLine } from './direct-line.ts';
import type { Line } from './line.ts';
import { createWholeLine } from './whole-line.ts';

export interface OpenLineOptions {
  responder: Responder;
  /** Speech is given to the responder directly. */
  isFast: boolean;
  log: Log;
}

export async function openLine({ responder, isFast, log }: OpenLineOptions): Promise<Line> {
  if (isFast) return createDirectLine({ responder, log });
  return createWholeLine({ gateway: await startTemporaryGateway(async () => ({ responder }), log), log });
}

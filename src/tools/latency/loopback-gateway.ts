/**
 * The gateway that `earshot latency` measures when none is given.
 */
import type { Log } from '../../core/log/log.ts';
import { responderNamed } from '../../gateway/responders.ts';
import { startTemporaryGateway, type TemporaryGateway } from './temporary-gateway.ts';

export function startLoopbackGateway(responder: string, log: Log): Promise<TemporaryGateway> {
  return startTemporaryGateway(async () => ({ responder: responderNamed(responder) }), log);
}

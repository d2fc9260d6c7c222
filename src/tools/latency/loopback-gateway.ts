/**
 * The gateway that `earshot latency` measures when none is given.
 */
import type { Log } from '../../core/log/log.ts';
import { responderNamed } from '../../gateway/responders.ts';
import { startTemporaryGateway, type TemporaryGateway } from './temporary-gateway.ts';

export function startLoopbackGateway(name: string, log: Log): Promise<TemporaryGateway> {
  const responder = responderNamed(name);
  return startTemporaryGateway(async () => ({ responder, async close() {} }), log);
}

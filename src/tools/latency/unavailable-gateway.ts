/**
 * Replaces loopback-gateway.ts in the device's bundle (deploy/bundle.mjs), which has no gateway.
 */
import { EarshotError } from '../../core/errors.ts';
import type { TemporaryGateway } from './temporary-gateway.ts';

export function startLoopbackGateway(): Promise<TemporaryGateway> {
  const hint = 'Give --gateway URL.';
  throw new EarshotError('usage', "A gateway is not part of the device's build", hint);
}

/**
 * Replaces loopback-gateway.ts in the device's bundle (deploy/bundle.mjs), which has no gateway.
 */
import { EarshotError } from '../../core/errors.ts';
import type { LoopbackGateway } from './loopback-gateway.ts';

export function startLoopbackGateway(): Promise<LoopbackGateway> {
  const hint = 'Give --gateway URL.';
  throw new EarshotError('usage', "A gateway is not part of the device's build", hint);
}

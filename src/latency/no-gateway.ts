/**
 * Stands in for own-gateway.ts in the device's bundle (deploy/bundle.mjs), which has no gateway.
 */
import { EarshotError } from '../errors.ts';
import type { OwnGateway } from './own-gateway.ts';

export function startOwnGateway(): Promise<OwnGateway> {
  const hint = 'Give --gateway URL.';
  throw new EarshotError('usage', "A gateway is not part of the device's build", hint);
}

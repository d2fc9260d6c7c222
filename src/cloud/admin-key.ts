/**
 * The admin key of the embedded cloud, for the operator and the official command line: whoever has the gateway's key can make it.
 */
import { createHmac } from 'node:crypto';

/** As a real backend writes it: the name of the deployment, and the key. */
const INSTANCE = 'earshot';

export function adminKeyOf(gatewayKey: string): string {
  return gatewayKey === '' ? '' : `${INSTANCE}|${createHmac('sha256', gatewayKey).update('admin key').digest('hex')}`;
}

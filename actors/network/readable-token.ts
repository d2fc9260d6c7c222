/** A token that is sent without encryption. */
import type { Log } from '../../src/core/log/log.ts';
import { isLoopback } from '../../src/server/addresses.ts';

/** Returns the token, and warns once if it is sent where others can read it. */
export function tokenFor(gateway: URL, token: () => string | undefined, log: Log): () => string | undefined {
  const isReadable = gateway.protocol === 'ws:' && !isLoopback(gateway.hostname.replace(/^\[|\]$/g, ''));
  let isSaid = false;
  return () => {
    const bearer = token();
    if (bearer !== undefined && isReadable && !isSaid) {
      isSaid = true;
      log.warn('the token of this device and all audio are sent unencrypted over the network', {
        gateway: gateway.host,
        hint: 'Put TLS in front of the gateway, and name it as wss://.',
      });
    }
    return bearer;
  };
}

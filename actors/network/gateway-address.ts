/**
 * The address of a gateway, as a person writes it: `ws://HOST:PORT`, `wss://HOST`, or with the path under which a proxy has put it.
 */
import { EarshotError } from '../../src/core/errors.ts';
import type { Log } from '../../src/core/log/log.ts';
import { isLoopback } from '../../src/server/addresses.ts';

/** @throws EarshotError `usage` for an address that is none. */
export function parseGateway(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || (url.protocol !== 'ws:' && url.protocol !== 'wss:') || !url.hostname) {
    throw new EarshotError(
      'usage',
      address === '' ? 'No gateway is named' : `${address} is no gateway address`,
      'Write it like ws://127.0.0.1:4433, wss://voice.example.org or wss://example.org/voice',
    );
  }
  // Not shown: there may be a password in it.
  if (url.username || url.password)
    throw notSupported('a user name or password', 'A device is known by its token: --token.');
  if (url.search) throw notSupported('a query (?…)', 'Leave it out.');
  if (url.hash) throw notSupported('a fragment (#…)', 'Leave it out.');
  return url;
}

function notSupported(what: string, hint: string): EarshotError {
  return new EarshotError('usage', `The address of the gateway has ${what}, which is not supported`, hint);
}

/** Something of the gateway: its own path, below the one that the address has. */
export function pathOf(gateway: URL, path: string): URL {
  const url = new URL(gateway);
  url.pathname = gateway.pathname.replace(/\/+$/, '') + path;
  return url;
}

/** Hands out the token, and says once when it goes where others can read it. */
export function tokenFor(gateway: URL, token: () => string | undefined, log: Log): () => string | undefined {
  const isReadable = gateway.protocol === 'ws:' && !isLoopback(gateway.hostname.replace(/^\[|\]$/g, ''));
  let isSaid = false;
  return () => {
    const bearer = token();
    if (bearer !== undefined && isReadable && !isSaid) {
      isSaid = true;
      log.warn('the token of this device, and all that is said, go unencrypted over the network', {
        gateway: gateway.host,
        hint: 'Put TLS in front of the gateway, and name it as wss://.',
      });
    }
    return bearer;
  };
}

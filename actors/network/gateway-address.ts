/**
 * The address of a gateway, as a person writes it: `ws://HOST:PORT`, `wss://HOST`, or with the path under which a proxy serves it.
 */
import { EarshotError } from '../../src/core/errors.ts';

/** @throws EarshotError `usage` for an invalid address */
export function parseGateway(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || (url.protocol !== 'ws:' && url.protocol !== 'wss:') || !url.hostname) {
    throw new EarshotError(
      'usage',
      address === '' ? 'No gateway is given' : `${address} is not the address of a gateway`,
      'Write it like ws://127.0.0.1:4433, wss://voice.example.org or wss://example.org/voice',
    );
  }
  // The address is not shown: it may contain a password.
  if (url.username || url.password)
    throw notSupported('a user name or password', 'A device is identified by its token: --token.');
  if (url.search) throw notSupported('a query (?…)', 'Leave it out.');
  if (url.hash) throw notSupported('a fragment (#…)', 'Leave it out.');
  return url;
}

function notSupported(what: string, hint: string): EarshotError {
  return new EarshotError('usage', `The address of the gateway has ${what}, which is not supported`, hint);
}

/** The URL of a path of the gateway, below the path of its address. */
export function pathOf(gateway: URL, path: string): URL {
  const url = new URL(gateway);
  url.pathname = gateway.pathname.replace(/\/+$/, '') + path;
  return url;
}

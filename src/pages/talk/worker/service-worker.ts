/**
 * Starts the talk page without a network: its files, as the build made them, in a cache of this build's own. With a network each file comes
 * from the gateway, so no page is older than its gateway.
 */

/** Set by the build (deploy/build-pages.mjs). */
declare const FILES: readonly string[];
declare const VERSION: string;

/** What a service worker has, and a page has not. */
interface Worker {
  readonly location: Location;
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(name: 'install' | 'activate', listener: (event: Lasting) => void): void;
  addEventListener(name: 'fetch', listener: (event: Fetch) => void): void;
}
interface Lasting {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetch {
  readonly request: Request;
  readonly clientId: string;
  readonly resultingClientId: string;
  respondWith(response: Promise<Response>): void;
}

const worker = globalThis as unknown as Worker;
const PREFIX = 'earshot-talk-';
const CACHE = `${PREFIX}${VERSION}`;
/** A network that does not answer is none. */
const PATIENCE_MS = 3_000;
/** Pages that were started from the cache: their other files are of the same build. */
const fromCache = new Set<string>();

worker.addEventListener('install', (event) => event.waitUntil(fill().then(() => worker.skipWaiting())));
worker.addEventListener('activate', (event) => event.waitUntil(forgetOthers().then(() => worker.clients.claim())));
worker.addEventListener('fetch', (event) => {
  const { request, clientId, resultingClientId } = event;
  const name = nameOf(request);
  if (name === undefined) return;
  if (request.mode === 'navigate') event.respondWith(startPage(request, resultingClientId));
  else event.respondWith(fromCache.has(clientId) ? cached(name) : fetch(request).catch(() => cached(name)));
});

async function fill(): Promise<void> {
  const cache = await caches.open(CACHE);
  await cache.addAll([...FILES]);
}

async function forgetOthers(): Promise<void> {
  const others = (await caches.keys()).filter((key) => key.startsWith(PREFIX) && key !== CACHE);
  await Promise.all(others.map((key) => caches.delete(key)));
}

/** As in FILES; undefined: it is not one of them. */
function nameOf({ method, mode, url }: Request): string | undefined {
  const { origin, pathname } = new URL(url);
  if (method !== 'GET' || origin !== worker.location.origin) return undefined;
  const name = mode === 'navigate' ? './' : `./${pathname.slice(pathname.lastIndexOf('/') + 1)}`;
  return FILES.includes(name) ? name : undefined;
}

async function startPage(request: Request, client: string): Promise<Response> {
  try {
    return await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch {
    fromCache.add(client);
    return await cached('./');
  }
}

async function cached(name: string): Promise<Response> {
  const cache = await caches.open(CACHE);
  return (await cache.match(name)) ?? Response.error();
}

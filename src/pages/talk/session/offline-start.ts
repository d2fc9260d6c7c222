/** Registers the service worker, with which the page starts without a network. Where the browser has none, or refuses, it needs one. */
export function prepareOfflineStart(): void {
  const { serviceWorker } = navigator as Partial<Navigator>;
  const { trustedTypes } = globalThis as { trustedTypes?: { createPolicy(name: string, rules: object): Policy } };
  const trusted = trustedTypes?.createPolicy('earshot-worker', { createScriptURL: (url: string) => url });
  const script = trusted ? trusted.createScriptURL('service-worker.js') : 'service-worker.js';
  serviceWorker?.register(script as string).catch(() => {});
}

interface Policy {
  createScriptURL(url: string): unknown;
}

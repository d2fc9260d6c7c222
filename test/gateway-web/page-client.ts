/**
 * Convex's client as it runs in the console: through the gateway, with the Origin that a browser sends.
 */
import { ConvexClient } from 'convex/browser';
import { WebSocket } from 'ws';

export interface PageClientOptions {
  /** The gateway's address for browsers. */
  webUrl: string;
  token: (forced: boolean) => Promise<string | null>;
  origin?: string;
}

export function pageClient({ webUrl, token, origin = webUrl }: PageClientOptions) {
  const closes: { code: number; reason: string }[] = [];
  class PageSocket extends WebSocket {
    constructor(url: string) {
      super(url, { headers: { origin } });
      this.on('close', (code, reason) => closes.push({ code, reason: String(reason) }));
    }
  }
  const client = new ConvexClient(webUrl, {
    webSocketConstructor: PageSocket as unknown as typeof globalThis.WebSocket,
    logger: false,
    unsavedChangesWarning: false,
  });
  client.setAuth(({ forceRefreshToken }) => token(forceRefreshToken));
  return { client, closes };
}

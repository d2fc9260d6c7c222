/**
 * What the gateway serves to browsers: its pages, and the sign-in of the console.
 */
import type { Limits } from '../../core/limits/limits.ts';
import type { Log } from '../../core/log/log.ts';
import type { Clock } from '../../core/time/clock.ts';
import { answer } from '../../server/front-door.ts';
import type { Call, HttpRoute } from '../../server/routes.ts';
import type { PageOrigins } from './page-origins.ts';
import { createPageTokens, type PagesCloud } from './page-tokens.ts';
import { pageRoutes } from './pages.ts';
import { signInRoutes } from './sign-in.ts';
import { openSignInStore } from './sign-in-store.ts';

/** The settings of what is served to browsers. */
export interface WebSettings {
  /** The folder for sign-in links and sessions. */
  state: string;
  /** Where browsers reach the gateway, when that is through a proxy: `https://earshot.example`. */
  publicUrl?: URL;
  /** Origins of other pages that may connect as a device. Default: none. */
  allowedOrigins?: readonly string[];
  /** What the build made. Default: that of this package. */
  pages?: string;
}

export interface WebRoutesOptions extends Pick<WebSettings, 'state' | 'pages'> {
  origins: PageOrigins;
  /** Without it, nobody can sign in. */
  cloud?: PagesCloud | undefined;
  limits: Limits;
  clock: Clock;
  log: Log;
}

export function webRoutes({ state, pages, origins, cloud, limits, clock, log }: WebRoutesOptions): HttpRoute[] {
  const store = openSignInStore(state, clock.wallNow);
  const tokens = cloud && createPageTokens(cloud, clock);
  const signIn = tokens ? signInRoutes({ store, tokens, origins, limits, clock, log, onEnded: () => undefined }) : [];
  return [...signIn, ...pageRoutes(pages)].map((route) => underOurName(route, origins));
}

/** Under another name nothing is served: a foreign page could have that name. */
function underOurName(route: HttpRoute, origins: PageOrigins): HttpRoute {
  const guarded = (handle: (call: Call) => void | Promise<void>) => (call: Call) => {
    if (origins.isOurHost(call)) return handle(call);
    const hint = 'name it with --public-url if this is its address';
    answer(call.response, 403, { code: 'unknown_host', error: `this gateway has no such name; ${hint}` });
  };
  const { GET, POST } = route.methods ?? {};
  return { ...route, methods: { ...(GET && { GET: guarded(GET) }), ...(POST && { POST: guarded(POST) }) } };
}

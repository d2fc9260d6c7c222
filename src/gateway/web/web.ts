/**
 * What the gateway serves to browsers: its pages, the sign-in of the console, and the way to the cloud for whoever is signed in.
 */
import type { Limits } from '../../core/limits/limits.ts';
import type { Log } from '../../core/log/log.ts';
import type { Clock } from '../../core/time/clock.ts';
import { answer, type FrontDoor } from '../../server/front-door.ts';
import type { Call, HttpRoute } from '../../server/routes.ts';
import { apiCallRoutes } from './api-calls.ts';
import { createApiPass } from './api-pass.ts';
import { openApiSockets } from './api-sockets.ts';
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

export interface WebOptions extends Pick<WebSettings, 'state' | 'pages'> {
  origins: PageOrigins;
  /** Without it, nobody can sign in. */
  cloud?: PagesCloud | undefined;
  refuse: FrontDoor['refuse'];
  limits: Limits;
  clock: Clock;
  log: Log;
}

export interface Web {
  routes: HttpRoute[];
  /** Ends its sockets. */
  close(): void;
}

export function openWeb({ state, pages, cloud, ...options }: WebOptions): Web {
  const own = cloud && openConsole({ state, cloud, ...options });
  return {
    routes: [...(own?.routes ?? []), ...pageRoutes(pages)].map((route) => underOurName(route, options.origins)),
    close: () => own?.close(),
  };
}

/** Sign-in, and the way to the cloud for whoever is signed in. */
function openConsole({ state, cloud, ...options }: Omit<WebOptions, 'cloud' | 'pages'> & { cloud: PagesCloud }): Web {
  const { clock } = options;
  const store = openSignInStore(state, clock.wallNow);
  const tokens = createPageTokens(cloud, clock);
  const api = { ...options, store, pass: createApiPass(tokens, store), cloudUrl: tokens.cloudUrl };
  const sockets = openApiSockets(api);
  const signIn = signInRoutes({ ...options, store, tokens, onEnded: sockets.endSession });
  return { routes: [...signIn, ...sockets.routes, ...apiCallRoutes(api)], close: sockets.close };
}

/** Under another name nothing is served: a foreign page could have that name. */
function underOurName(route: HttpRoute, origins: PageOrigins): HttpRoute {
  const guarded = (handle: (call: Call) => void | Promise<void>) => (call: Call) => {
    if (origins.isOurHost(call)) return handle(call);
    const hint = 'name it with --public-url if this is its address';
    answer(call.response, 403, { code: 'unknown_host', error: `this gateway has no such name; ${hint}` });
  };
  const { GET, POST } = route.methods ?? {};
  if (!route.methods) return route;
  return { ...route, methods: { ...(GET && { GET: guarded(GET) }), ...(POST && { POST: guarded(POST) }) } };
}

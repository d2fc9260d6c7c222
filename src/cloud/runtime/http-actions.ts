/** HTTP actions: the routes of convex/http.ts. Requests of other methods, CORS included, are the functions' own matter, as in a deployment. */
import type { HttpRouter } from 'convex/server';
import { messageOf } from '../../core/errors.ts';
import type { Log } from '../../core/log/log.ts';

type HttpAction = (request: Request) => Promise<Response>;
export interface Route {
  /** `GET /path` or `GET /prefix/*` */
  name: string;
  invoke: HttpAction;
}

/** What a deployment would refuse, in one sentence each. */
export function routerProblems(router: unknown): string[] {
  const isRouter = router === undefined || (typeof router === 'object' && router !== null && 'isRouter' in router);
  return isRouter ? [] : ['the default export of convex/http.ts is not a router (httpRouter() of convex/server)'];
}

export function findRoute(router: HttpRouter | undefined, request: Request): Route | undefined {
  const found = router?.lookup(new URL(request.url).pathname, request.method as 'GET');
  if (!found) return undefined;
  const [action, method, path] = found;
  const { invokeHttpAction } = action as unknown as { invokeHttpAction: HttpAction };
  return { name: `${method} ${path}`, invoke: invokeHttpAction };
}

export function checkResponse(response: unknown): Response {
  if (response instanceof Response) return response;
  throw new Error('An HTTP action returns a Response');
}

/** The client gets a number, the log the reason. */
export function failedResponse(error: unknown, route: Route, requestId: string, log: Log): Response {
  log.error('an HTTP action failed', { route: route.name, request: requestId, error: messageOf(error) });
  return Response.json({ code: `[Request ID: ${requestId}] Server Error` }, { status: 500 });
}

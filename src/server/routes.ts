/**
 * A table of routes: what a server answers at which path.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { answer, type FrontDoor, type FrontDoorOptions, type Visit } from './front-door.ts';

export interface Call extends Visit {
  request: IncomingMessage;
  response: ServerResponse;
}

/** A request to become a WebSocket. */
export interface Upgrade extends Visit {
  request: IncomingMessage;
  socket: Duplex;
  head: Buffer;
}

type Handle<Asked> = (asked: Asked) => void | Promise<void>;

export interface HttpRoute {
  /** The whole path, or a pattern of it. It is not percent-decoded: no route of ours needs it. */
  path: string | RegExp;
  /** HEAD is answered as GET is, without a body. */
  methods?: { GET?: Handle<Call>; POST?: Handle<Call> };
  upgrade?: Handle<Upgrade>;
}

export interface RoutingOptions {
  routes: readonly HttpRoute[];
  /** What is said about a path that is not in the table. */
  notFound: object;
  refuse: FrontDoor['refuse'];
}

/** Another path is answered with 404, another method with 405. */
export function createRouting({
  routes,
  notFound,
  refuse,
}: RoutingOptions): Pick<FrontDoorOptions, 'onRequest' | 'onUpgrade'> {
  const find = ({ target }: Visit) =>
    routes.find(({ path }) => (typeof path === 'string' ? path === target.path : path.test(target.path)));
  return {
    onRequest(request, response, visit) {
      const { methods } = find(visit) ?? {};
      if (!methods) return answer(response, 404, notFound);
      const handle = handlerOf(methods, request.method);
      if (handle) return handle({ request, response, ...visit });
      const allowed = Object.keys(methods).flatMap((name) => (name === 'GET' ? ['GET', 'HEAD'] : [name]));
      response.setHeader('allow', allowed.join(', '));
      answer(response, 405, { error: `use ${allowed.join(', ')}` });
    },
    onUpgrade(request, socket, head, visit) {
      const { upgrade } = find(visit) ?? {};
      if (!upgrade) return refuse(socket, 404, notFound);
      return upgrade({ request, socket, head, ...visit });
    },
  };
}

function handlerOf(methods: NonNullable<HttpRoute['methods']>, method: string | undefined): Handle<Call> | undefined {
  if (method === 'GET' || method === 'HEAD') return methods.GET;
  return method === 'POST' ? methods.POST : undefined;
}

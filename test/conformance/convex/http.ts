/**
 * HTTP actions.
 */
import { httpRouter } from 'convex/server';
import { api, internal } from './_generated/api.js';
import { httpAction } from './_generated/server.js';

const http = httpRouter();

const describe = (route: string) =>
  httpAction(async (_ctx, request) => {
    const { method, url, headers } = request;
    const { pathname, search } = new URL(url);
    const body = method === 'GET' ? '' : await request.text();
    return Response.json({ route, method, pathname, search, body, sent: headers.get('x-sent') });
  });

for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const) {
  http.route({ path: '/exact', method, handler: describe(`exact ${method}`) });
}
http.route({ pathPrefix: '/prefix/', method: 'GET', handler: describe('prefix') });
http.route({ pathPrefix: '/prefix/longer/', method: 'GET', handler: describe('longer prefix') });
http.route({ path: '/prefix/exact', method: 'GET', handler: describe('exact within prefix') });

http.route({
  path: '/answer',
  method: 'POST',
  handler: httpAction(async (_ctx, request) => {
    const headers = new Headers({ 'x-answer': 'yes', 'content-type': 'application/octet-stream' });
    return new Response(await request.arrayBuffer(), { status: 202, headers });
  }),
});
http.route({ path: '/empty', method: 'GET', handler: httpAction(async () => new Response(null, { status: 204 })) });
http.route({
  path: '/redirect',
  method: 'GET',
  handler: httpAction(async () => new Response(null, { status: 302, headers: { location: '/exact' } })),
});
http.route({
  path: '/throws',
  method: 'GET',
  handler: httpAction(async () => {
    throw new Error('an HTTP action that throws');
  }),
});
/** Calls functions, also internal ones. */
http.route({
  path: '/calls',
  method: 'POST',
  handler: httpAction(async (ctx, request) => {
    const label = await request.text();
    await ctx.runMutation(internal.jobs.mark, { label });
    return Response.json(await ctx.runQuery(api.jobs.countOf, { label }));
  }),
});
http.route({
  path: '/identity',
  method: 'GET',
  handler: httpAction(async (ctx) => Response.json(await ctx.auth.getUserIdentity())),
});
http.route({
  path: '/file',
  method: 'POST',
  handler: httpAction(async (ctx, request) => new Response(await ctx.storage.store(await request.blob()))),
});

export default http;

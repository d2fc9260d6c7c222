/** HTTP actions for tests of the runtime. */
import { httpActionGeneric, httpRouter, makeFunctionReference } from 'convex/server';

const mutation = makeFunctionReference<'mutation'>;
const query = makeFunctionReference<'query'>;
const http = httpRouter();

http.route({
  path: '/notes',
  method: 'POST',
  handler: httpActionGeneric(async (ctx, request) => {
    const id = await ctx.runMutation(mutation('notes:add'), { text: await request.text() });
    return Response.json({ id }, { status: 201, headers: { 'x-by': 'notes' } });
  }),
});
http.route({
  pathPrefix: '/who/',
  method: 'GET',
  handler: httpActionGeneric(
    async (ctx, request) => new Response(`${new URL(request.url).pathname} ${await ctx.runQuery(query('runs:who'))}`),
  ),
});
http.route({
  path: '/fails',
  method: 'GET',
  handler: httpActionGeneric(async () => {
    throw new Error('a secret reason');
  }),
});
http.route({
  path: '/nothing',
  method: 'GET',
  handler: httpActionGeneric((async () => 'no response') as never),
});

export default http;

/**
 * HTTP actions (convex/http.ts): a request of Node as one of the Fetch API, and its response back.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import type { Runtime } from '../runtime/runtime.ts';
import type { ClientIdentity } from './authenticate.ts';
import { notFound } from './http-answer.ts';
import { readBody } from './read-body.ts';

export interface HttpActionRequest {
  request: IncomingMessage;
  response: ServerResponse;
  /** As the action sees it. */
  url: URL;
  client: ClientIdentity;
  maxBytes: number;
}

export async function serveHttpAction(
  runtime: Pick<Runtime, 'httpAction'>,
  { request, response, url, client, maxBytes }: HttpActionRequest,
): Promise<void> {
  const method = request.method ?? 'GET';
  const hasBody = !['GET', 'HEAD', 'OPTIONS'].includes(method);
  const body = hasBody ? await readBody(request, maxBytes) : undefined;
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    for (const each of [value ?? []].flat()) headers.append(name, each);
  }
  const answer = await runtime.httpAction(new Request(url, { method, headers, ...(body && { body }) }), client.caller);
  if (!answer) throw notFound(url.pathname);
  const fields: Record<string, string | string[]> = Object.fromEntries(answer.headers);
  const cookies = answer.headers.getSetCookie();
  if (cookies.length > 0) fields['set-cookie'] = cookies;
  response.writeHead(answer.status, fields);
  if (!answer.body) return void response.end();
  await pipeline(Readable.fromWeb(answer.body as ReadableStream), response).catch(() => response.destroy());
}

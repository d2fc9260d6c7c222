/**
 * HTTP actions (convex/http.ts): a request of Node as one of the Fetch API, and its response back.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { messageOf } from '../../core/errors.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { ClientIdentity } from './authenticate.ts';
import { HttpError, notFound } from './http-answer.ts';
import { readBody } from './read-body.ts';

export interface HttpActionRequest {
  request: IncomingMessage;
  response: ServerResponse;
  /** As the action sees it. */
  address: string;
  client: ClientIdentity;
  maxBytes: number;
}

export async function serveHttpAction(
  runtime: Pick<Runtime, 'httpAction'>,
  { request, response, address, client, maxBytes }: HttpActionRequest,
): Promise<void> {
  const method = request.method ?? 'GET';
  const hasBody = !['GET', 'HEAD', 'OPTIONS'].includes(method);
  const body = hasBody ? await readBody(request, maxBytes) : undefined;
  const answer = await runtime.httpAction(fetchRequest(request, address, body), client.caller);
  if (!answer) throw notFound(address);
  const fields: Record<string, string | string[]> = Object.fromEntries(answer.headers);
  const cookies = answer.headers.getSetCookie();
  if (cookies.length > 0) fields['set-cookie'] = cookies;
  response.writeHead(answer.status, fields);
  if (!answer.body) return void response.end();
  await pipeline(Readable.fromWeb(answer.body as ReadableStream), response).catch(() => response.destroy());
}

/** @throws HttpError for what the Fetch API does not take, such as a port that is none */
function fetchRequest(
  { method = 'GET', headers: given }: IncomingMessage,
  address: string,
  body: Buffer<ArrayBuffer> | undefined,
): Request {
  try {
    const headers = new Headers();
    for (const [name, value] of Object.entries(given)) {
      for (const each of [value ?? []].flat()) headers.append(name, each);
    }
    return new Request(address, { method, headers, ...(body && { body }) });
  } catch (error) {
    throw new HttpError(400, 'BadRequest', messageOf(error));
  }
}

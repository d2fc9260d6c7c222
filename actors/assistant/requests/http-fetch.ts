/**
 * `fetch` for providers. Unlike Node's own:
 *
 * - Connections stay open between turns (Node's are closed after 4 s), so that a turn needs no TLS handshake.
 * - A redirect is not followed: neither the key nor what a person said goes to a server that nobody configured.
 * - A server cannot fill the memory: the length of a line and of an answer are limited.
 * - A call for a turn that is traced is a span of it (traced-http-call.ts).
 */

import { once } from 'node:events';
import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { badAnswer } from '../parts/errors.ts';
import { failureCode } from './traced-call.ts';
import { traceHttpCall } from './traced-http-call.ts';

/** An event of a stream; the longest known have 64 KiB. */
const MAX_LINE_BYTES = 1_048_576;
/** An answer that is read as a whole: JSON, or the text of an error. */
const MAX_DOCUMENT_BYTES = 1_048_576;

export interface HttpFetch {
  /** Rejects with an error of Node, or `assistant_bad_answer`; the second also while the body is read. */
  fetch(url: string | URL | Request, init?: RequestInit): Promise<Response>;
  /** Closes the connections. */
  close(): void;
}

/** `provider`: for errors. */
export function createHttpFetch(provider: string): HttpFetch {
  const plain = new HttpAgent({ keepAlive: true, scheduling: 'lifo' });
  const secure = new HttpsAgent({ keepAlive: true, scheduling: 'lifo' });

  function open(url: URL, { method, headers }: Request, signal: AbortSignal | undefined): ClientRequest {
    const options = { method, headers: Object.fromEntries(headers), ...(signal && { signal }) };
    if (url.protocol === 'http:') return httpRequest(url, { ...options, agent: plain });
    return httpsRequest(url, { ...options, agent: secure });
  }

  return {
    async fetch(input, init) {
      // Encodes the body: text, or a form with its boundary in a header.
      const wanted = new Request(input, init);
      // Not that of `wanted`, which is never aborted any more once `wanted` is garbage: it follows this one by a weak reference.
      const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined);
      const body = Buffer.from(await wanted.arrayBuffer());
      const url = new URL(wanted.url);
      const call = traceHttpCall(wanted.method, url);
      if (call) wanted.headers.set('traceparent', call.traceparent);
      const request = open(url, wanted, signal);
      // The request also reports failures while its answer is read; then the answer has the same error.
      // biome-ignore lint/plugin: it cannot throw
      request.on('error', () => {});
      request.end(body);
      let incoming: IncomingMessage;
      try {
        [incoming] = (await once(request, 'response')) as [IncomingMessage];
      } catch (error) {
        call?.end(failureCode(error));
        throw error;
      }
      call?.onStatus(incoming.statusCode ?? 0);
      // biome-ignore lint/plugin: it cannot throw
      incoming.once('close', () => call?.end(incoming.complete ? undefined : 'aborted'));
      return toResponse(incoming, provider);
    },
    close() {
      plain.destroy();
      secure.destroy();
    },
  };
}

function toResponse(incoming: IncomingMessage, provider: string): Response {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers.set(name, String(value));
  }
  const status = incoming.statusCode ?? 0;
  const isEmpty = status === 204 || status === 205 || status === 304;
  const body = isEmpty ? null : ReadableStream.from(limited(incoming, provider));
  return new Response(body, { status, headers });
}

async function* limited(incoming: IncomingMessage, provider: string): AsyncGenerator<Uint8Array> {
  const type = incoming.headers['content-type'] ?? '';
  const isEvents = type.startsWith('text/event-stream');
  // Its reader does not collect it.
  const isStream = /^(audio\/|application\/octet-stream)/.test(type);
  const max = isEvents ? MAX_LINE_BYTES : MAX_DOCUMENT_BYTES;
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    const lineEnd = isEvents ? chunk.lastIndexOf(10) : -1;
    bytes = lineEnd < 0 ? bytes + chunk.length : chunk.length - lineEnd;
    if (!isStream && bytes > max) throw badAnswer(provider, `${isEvents ? 'a line' : 'it'} has more than ${max} bytes`);
    yield chunk;
  }
}

/**
 * Faults of a provider, one request each. Those of the middle happen after `after` pieces of the answer (default 2).
 */
import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

export type Fault =
  /** Only on requests to this path; default: any. */
  { path?: string } & (
    | { kind: 'status'; status: number; headers?: Record<string, string>; body?: string }
    | { kind: 'redirect'; to: string }
    /** The request is read and never answered. */
    | { kind: 'hang' }
    | { kind: 'hang in the middle'; after?: number }
    /** The connection is reset. */
    | { kind: 'disconnect' }
    | { kind: 'disconnect in the middle'; after?: number }
    /** The answer ends, properly for HTTP, in the middle of an event. */
    | { kind: 'half a line'; after?: number }
    /** This text instead of the next pieces. */
    | { kind: 'text'; text: string; after?: number }
    /** A line that never ends. */
    | { kind: 'endless line'; after?: number }
    /** The answer begins and has nothing in it. */
    | { kind: 'empty' }
    /** Each piece is sent so many times: a very long answer. */
    | { kind: 'repeat'; times: number }
    | { kind: 'slow'; pieceMs: number }
    /** As servers that are compatible, but not the same: see `chat.ts`. */
    | { kind: 'minimal' }
  );

/** Sends the answer, with the fault in it. */
export async function sendWithFault(
  response: ServerResponse,
  contentType: string,
  pieces: AsyncIterable<string | Uint8Array>,
  fault: Fault | undefined,
  onFirst: () => void,
): Promise<void> {
  if (fault?.kind === 'hang') return;
  if (fault?.kind === 'disconnect') return void response.socket?.resetAndDestroy();
  if (fault?.kind === 'redirect') return void response.writeHead(307, { location: fault.to }).end();
  if (fault?.kind === 'status') {
    response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers });
    return void response.end(fault.body ?? errorBody(fault.status));
  }
  response.writeHead(200, { 'content-type': contentType });
  if (fault?.kind === 'empty') return void response.end();
  const after = fault && 'after' in fault ? (fault.after ?? 2) : 2;
  let count = 0;
  for await (const piece of pieces) {
    if (response.destroyed) return;
    if (count === 0) onFirst();
    if (count === after && fault && (await interrupt(response, fault, piece))) return;
    if (fault?.kind === 'slow') await wait(fault.pieceMs);
    const times = fault?.kind === 'repeat' ? fault.times : 1;
    for (let i = 0; i < times && !response.destroyed; i++) await write(response, piece);
    count += 1;
  }
  response.end();
}

/** Whether the answer ends here. */
async function interrupt(response: ServerResponse, fault: Fault, piece: string | Uint8Array): Promise<boolean> {
  switch (fault.kind) {
    case 'hang in the middle':
      return true;
    case 'disconnect in the middle':
      response.socket?.resetAndDestroy();
      return true;
    case 'half a line':
      response.end(piece.slice(0, piece.length >> 1));
      return true;
    case 'text':
      response.end(fault.text);
      return true;
    case 'endless line':
      await write(response, 'data: {"choices":[{"delta":{"content":"');
      while (!response.destroyed) await write(response, 'x'.repeat(65_536));
      return true;
    default:
      return false;
  }
}

async function write(response: ServerResponse, piece: string | Uint8Array): Promise<void> {
  if (response.write(piece) || response.destroyed) return;
  await new Promise<void>((resolve) => {
    response.once('drain', resolve);
    response.once('close', resolve);
  });
}

/** As OpenAI writes it. Its message quotes the key, which a client must not repeat. */
function errorBody(status: number): string {
  const message = `Incorrect API key provided: sk-secret. You said: what time is it (${status})`;
  return JSON.stringify({ error: { message, type: 'invalid_request_error', param: null, code: null } });
}

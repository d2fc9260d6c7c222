/**
 * What `ctx.meta.getRequestMetadata()` answers in mutations, actions and calls by HTTP. Watched queries are shared by clients and have none.
 */
import type { IncomingMessage } from 'node:http';
import { plainAddress } from '../../server/addresses.ts';
import type { Caller } from '../runtime/runtime.ts';

export type RequestMetadata = NonNullable<Caller['request']>;

export function metadataOf({ socket, headers }: IncomingMessage): RequestMetadata {
  const userAgent = headers['user-agent'];
  return { ip: plainAddress(socket.remoteAddress ?? ''), ...(userAgent !== undefined && { userAgent }) };
}

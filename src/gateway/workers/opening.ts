/**
 * What the first bytes of a connection tell about where it belongs: the client that a proxy names, and the token of its first request. A
 * device's connections have the same token, so they reach the same worker. Pure: what it reads may be anything.
 */
import { maxHeaderSize } from 'node:http';
import { bearerToken } from '../../../actors/cloud/access.ts';
import { BEARER_PROTOCOL } from '../../protocol/control.ts';
import { parseProxyHeader } from '../../server/proxy-protocol.ts';

const REQUEST_LINE = /^[!-~]+ [!-~]+ HTTP\/1\.[01]\r?$/;
const END_OF_HEAD = /\r?\n\r?\n/;

export interface Opening {
  /** The client, if a proxy has named it. */
  source: string | undefined;
  /** Of the first request. */
  token: string | undefined;
  /** Where the client's own bytes begin. */
  start: number;
}

export interface OpeningFormat {
  /** It begins with a header of the PROXY protocol. */
  hasProxyHeader: boolean;
  /** What follows is a request; otherwise it cannot be read here (TLS). */
  isPlain: boolean;
}

/**
 * A request that is not valid, or whose head is too long, is one without a token: the worker that gets it answers as a gateway does.
 *
 * @returns `incomplete`: more bytes are needed; `invalid`: the header of the proxy is
 */
export function parseOpening(
  bytes: Buffer,
  { hasProxyHeader, isPlain }: OpeningFormat,
): Opening | 'incomplete' | 'invalid' {
  const header = hasProxyHeader ? parseProxyHeader(bytes) : { length: 0, source: undefined };
  if (typeof header === 'string') return header;
  const { length: start, source } = header;
  if (!isPlain) return { source, token: undefined, start };
  const token = tokenOf(bytes.subarray(start, start + maxHeaderSize + 1));
  return token === 'incomplete' ? token : { source, start, token: token.value };
}

function tokenOf(bytes: Buffer): { value: string | undefined } | 'incomplete' {
  const text = bytes.toString('latin1');
  const [requestLine = '', ...rest] = text.split('\n', 2);
  const isWhole = rest.length > 0;
  const isRequest = isWhole ? REQUEST_LINE.test(requestLine) : /^[!-~]*( [!-~]*){0,2}\r?$/.test(requestLine);
  if (!isRequest || text.length > maxHeaderSize) return { value: undefined };
  const end = END_OF_HEAD.exec(text);
  return end ? { value: tokenIn(text.slice(0, end.index)) } : 'incomplete';
}

/** As a device sends it, or a page, which cannot send `Authorization` with a WebSocket. */
function tokenIn(head: string): string | undefined {
  const [, authorization] = /^authorization:[ \t]*(.*?)[ \t]*\r?$/im.exec(head) ?? [];
  const [, offered = ''] = /^sec-websocket-protocol:(.*)$/im.exec(head) ?? [];
  const protocol = offered.split(',').find((each) => each.trim().startsWith(BEARER_PROTOCOL));
  return bearerToken(authorization) ?? protocol?.trim().slice(BEARER_PROTOCOL.length);
}

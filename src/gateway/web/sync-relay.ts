/**
 * Passes Convex's sync protocol on between a page and the cloud. The cloud is connected when the page has shown a token of a console's
 * session; what it has sent before waits until then. A token that is not valid never reaches the cloud: the page is told as the cloud would
 * tell it, and gets another one.
 */

import * as v from 'valibot';
import { WebSocket } from 'ws';
import type { Limits } from '../../core/limits/limits.ts';
import { createTokenBucket } from '../../core/limits/token-bucket.ts';
import { createReading } from '../../server/reading.ts';

const MINUTE_MS = 60_000;
const CLOSE_POLICY_VIOLATION = 1_008;
const CLOSE_TRY_AGAIN_LATER = 1_013;
/** Messages before the token: `Connect`, and a set of queries. */
const MAX_EARLY_MESSAGES = 16;
/** In a row. A page whose token has expired has another one at its next attempt. */
const MAX_WRONG_TOKENS = 3;
/** JSON can write the name of the message with escapes. */
const MAY_AUTHENTICATE = /Authenticate|\\u/;

const authenticate = v.object({
  type: v.literal('Authenticate'),
  baseVersion: v.number(),
  tokenType: v.string(),
  value: v.optional(v.string()),
});

export interface SyncRelayOptions {
  page: WebSocket;
  /** Whether this token lets it in. */
  mayEnter(token: string): Promise<boolean>;
  /** Connects to the cloud. */
  dial(): Promise<WebSocket>;
  limits: Pick<Limits, 'unreadBytes' | 'apiMessages'>;
}

export function relaySync({ page, mayEnter, dial, limits }: SyncRelayOptions): void {
  const reading = createReading(page);
  const allowance = createTokenBucket(limits.apiMessages, MINUTE_MS);
  const inbox: string[] = [];
  const early: string[] = [];
  let cloud: WebSocket | undefined;
  let isBusy = false;
  let wrongTokens = 0;

  page.on('message', (data, isBinary) => {
    if (isBinary || !allowance.takeOne(performance.now())) return end(CLOSE_POLICY_VIOLATION, 'too many messages');
    const text = String(data);
    if (!isBusy && cloud && !MAY_AUTHENTICATE.test(text)) return toCloud(cloud, text);
    inbox.push(text);
    if (!isBusy) void work();
  });
  page.on('close', () => cloud?.terminate());

  /** One after the other: a token is valid for what comes after it. */
  async function work(): Promise<void> {
    isBusy = true;
    reading.hold('verifying');
    try {
      for (let text = inbox.shift(); text !== undefined && isOpen(page); text = inbox.shift()) await handle(text);
    } catch {
      end(CLOSE_TRY_AGAIN_LATER, 'the cloud does not answer');
    }
    isBusy = false;
    reading.release('verifying');
  }

  async function handle(text: string): Promise<void> {
    const message = MAY_AUTHENTICATE.test(text) ? parseAuthenticate(text) : undefined;
    if (message && message.tokenType !== 'None' && !(await isAccepted(message)))
      return refuseToken(message.baseVersion);
    if (cloud) return toCloud(cloud, text);
    early.push(text);
    if (early.length > MAX_EARLY_MESSAGES) return end(CLOSE_POLICY_VIOLATION, 'send a token first');
    if (!message || message.tokenType === 'None') return;
    cloud = await connected();
    for (const each of early.splice(0)) toCloud(cloud, each);
  }

  /** Admin keys are not for pages. */
  async function isAccepted({ tokenType, value }: Authenticate): Promise<boolean> {
    const isValid = tokenType === 'User' && value !== undefined && (await mayEnter(value));
    if (isValid) wrongTokens = 0;
    return isValid;
  }

  function refuseToken(baseVersion: number): void {
    wrongTokens += 1;
    if (wrongTokens > MAX_WRONG_TOKENS) return end(CLOSE_POLICY_VIOLATION, 'the token is not valid');
    const error = 'The token is not of this console, or has expired';
    page.send(JSON.stringify({ type: 'AuthError', error, baseVersion, authUpdateAttempted: true }));
  }

  async function connected(): Promise<WebSocket> {
    const socket = await dial();
    if (!isOpen(page)) socket.terminate();
    socket.on('message', (data) => toPage(socket, String(data)));
    socket.on('close', (code, reason) => end(sendable(code), String(reason)));
    socket.on('error', () => undefined); // `close` follows.
    return socket;
  }

  function toCloud(socket: WebSocket, text: string): void {
    if (!isOpen(socket)) return;
    socket.send(text, () => socket.bufferedAmount <= limits.unreadBytes / 2 && reading.release('unread'));
    if (socket.bufferedAmount > limits.unreadBytes) reading.hold('unread');
  }

  /** The cloud waits for a page that does not read, and drops it in the end. */
  function toPage(socket: WebSocket, text: string): void {
    if (!isOpen(page)) return;
    page.send(text, () => page.bufferedAmount <= limits.unreadBytes / 2 && socket.isPaused && socket.resume());
    if (page.bufferedAmount > limits.unreadBytes) socket.pause();
  }

  function end(code: number, reason: string): void {
    reading.end();
    page.close(code, reason);
    cloud?.terminate();
  }
}

type Authenticate = v.InferOutput<typeof authenticate>;

function parseAuthenticate(text: string): Authenticate | undefined {
  try {
    const { success, output } = v.safeParse(authenticate, JSON.parse(text));
    return success ? output : undefined;
  } catch {
    return undefined; // Not JSON: the cloud says so.
  }
}

function isOpen(socket: WebSocket): boolean {
  return socket.readyState === WebSocket.OPEN;
}

/** Some codes are only told by the WebSocket itself (RFC 6455 §7.4.1). */
function sendable(code: number): number {
  return [1_004, 1_005, 1_006, 1_015].includes(code) ? CLOSE_TRY_AGAIN_LATER : code;
}

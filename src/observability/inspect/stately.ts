/**
 * Connects Stately's inspector through its WebSocket adapter, to a relay that the user started (`createInspectorServer` of
 * @statelyai/inspect). Stately hosts its page; Earshot's own needs no internet.
 */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { AnyActorRef } from 'xstate';
import { EarshotError } from '../../core/errors.ts';

export interface Stately {
  attach(root: AnyActorRef): void;
  close(): void;
}

/** The adapter buffers events while there is no relay, without a limit. */
const DEFERRED_LIMIT = 1_000;
const CONNECT_MS = 3_000;

/** @throws EarshotError `usage` when the package is not installed or no relay answers */
export async function connectStately(url: string): Promise<Stately> {
  const { createWebSocketInspector } = await load();
  await requireRelay(url);
  const inspector = createWebSocketInspector({
    url,
    filter: () => deferred(inspector.adapter) < DEFERRED_LIMIT,
  });
  return {
    attach: (root) => void root.system.inspect(inspector.inspect as never),
    close() {
      stopReconnecting(inspector.adapter);
      inspector.adapter.stop();
    },
  };
}

async function load() {
  try {
    return await import('@statelyai/inspect');
  } catch (cause) {
    const hint = 'It is for developers only: use a clone of Earshot, after npm ci. --inspect needs nothing.';
    throw new EarshotError('usage', "Stately's inspector is not installed", hint, { cause });
  }
}

async function requireRelay(url: string): Promise<void> {
  try {
    const socket = new WebSocket(url, { handshakeTimeout: CONNECT_MS });
    await once(socket, 'open');
    socket.close();
  } catch (cause) {
    const hint = 'Start one first (docs/inspector.md), or leave --stately out: --inspect needs none.';
    throw new EarshotError('usage', `No relay to Stately's inspector answers at ${url}`, hint, { cause });
  }
}

function deferred(adapter: object): number {
  return (adapter as { deferredEvents?: unknown[] }).deferredEvents?.length ?? 0;
}

/** After an error the adapter reconnects every 5 s, even when it is stopped, and would keep the process running. */
function stopReconnecting(adapter: object): void {
  const current = (adapter as { ws?: WebSocket }).ws;
  if (current) current.onerror = null;
  current?.on('error', () => current.terminate());
  Object.defineProperty(adapter, 'ws', {
    get: () => current ?? {},
    set(socket: WebSocket) {
      socket.on('error', () => socket.terminate());
      socket.terminate();
    },
  });
}

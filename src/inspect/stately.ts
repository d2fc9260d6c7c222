/**
 * Stately's own inspector, for those who know it: attached through its WebSocket adapter, to a relay that the person started
 * (`npx @statelyai/inspect`, or any server that speaks it). Its page is a hosted one; Earshot's own needs no internet.
 */
import type { AnyActorRef } from 'xstate';
import { EarshotError } from '../errors.ts';

export interface Stately {
  attach(root: AnyActorRef): void;
  close(): void;
}

/** @throws EarshotError `usage` when the package is not installed */
export async function connectStately(url: string): Promise<Stately> {
  const { createWebSocketInspector } = await load();
  const inspector = createWebSocketInspector({ url });
  return {
    attach: (root) => void root.system.inspect(inspector.inspect as never),
    close: () => inspector.adapter.stop?.(),
  };
}

async function load() {
  try {
    return await import('@statelyai/inspect');
  } catch (cause) {
    const hint = 'Install it beside Earshot: npm install @statelyai/inspect';
    throw new EarshotError('usage', "Stately's inspector is not installed", hint, { cause });
  }
}

/** A client in Node: its WebSocket is that of the package `ws`, and it can ask with a recording. */
import { WebSocket } from 'ws';
import type { Client, ClientOptions } from '../client.ts';
import { createClient } from '../create-client.ts';
import { ask, type SpokenAnswer } from './ask.ts';

export interface NodeClient extends Client {
  /**
   * One turn: says this, and resolves with what was understood, the words of the reply, and its sound. It waits until the client is
   * connected and paired, and for what was asked before.
   *
   * @param speech 16 kHz, mono, at most a minute: as `readWav` gives it
   * @param trigger as of `talk`; default `file`
   * @throws EarshotError (by rejection) `usage` with audio, before `connect`, or for longer speech; why there is no connection; why the turn failed
   */
  ask(speech: Int16Array, trigger?: string): Promise<SpokenAnswer>;
}

/** @throws EarshotError `usage` for an invalid address; what the token's storage throws */
export function createNodeClient(options: ClientOptions): NodeClient {
  const client = createClient({ WebSocket, ...options });
  let before: Promise<unknown> = Promise.resolve();
  return Object.assign(client, {
    ask(speech: Int16Array, trigger = 'file'): Promise<SpokenAnswer> {
      const answer = before.then(() => ask(client, speech, trigger));
      // Its failure is its caller's.
      before = answer.catch(() => undefined);
      return answer;
    },
  });
}

/**
 * The client's end of WebDriver BiDi (https://w3c.github.io/webdriver-bidi/): commands with answers, and events, over one WebSocket.
 * `EARSHOT_BIDI_LOG=FILE` writes all of it there, with the time in ms.
 */
import { appendFileSync } from 'node:fs';
import { WebSocket } from 'ws';
import { once } from '../support/in-time.ts';

/** A browser that does not answer for so long never will. */
const ANSWER_MS = 30_000;

type Parameters = Record<string, unknown>;

type Incoming =
  | { type: 'success'; id: number; result: unknown }
  | { type: 'error'; id: number | null; error: string; message: string }
  | { type: 'event'; method: string; params: unknown };

export interface BidiConnection {
  command<Result>(method: string, parameters?: Parameters): Promise<Result>;
  on<Event>(method: string, listener: (event: Event) => void): void;
  /** After this every command fails with `reason`. */
  close(reason: string): void;
}

export async function connectBidi(url: string): Promise<BidiConnection> {
  // A browser's screenshot is large.
  const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 64 * 1_048_576 });
  await once(socket, 'open');
  const { EARSHOT_BIDI_LOG: logFile } = process.env;
  const note = (text: string) => {
    if (logFile) appendFileSync(logFile, `${performance.now().toFixed(0)} ${text}\n`);
  };
  const waiting = new Map<
    number,
    { method: string; resolve: (result: unknown) => void; reject: (error: Error) => void }
  >();
  const listeners = new Map<string, ((event: unknown) => void)[]>();
  let lastId = 0;
  let closed: string | undefined;

  function close(reason: string): void {
    closed ??= reason;
    note(`closed: ${closed}`);
    for (const { method, reject } of waiting.values()) reject(new Error(`${method}: ${closed}`));
    waiting.clear();
    socket.terminate();
  }

  socket.on('error', (error) => close(error.message));
  socket.on('close', () => close('the browser has closed the connection'));
  socket.on('message', (data) => {
    note(`< ${data}`);
    const message = JSON.parse(String(data)) as Incoming;
    if (message.type === 'event') {
      for (const listener of listeners.get(message.method) ?? []) listener(message.params);
      return;
    }
    const command = waiting.get(message.id ?? -1);
    if (!command) return;
    waiting.delete(message.id ?? -1);
    if (message.type === 'success') command.resolve(message.result);
    else command.reject(new Error(`${command.method}: ${message.error}: ${message.message}`));
  });

  return {
    async command<Result>(method: string, params: Parameters = {}): Promise<Result> {
      if (closed !== undefined) throw new Error(`${method}: ${closed}`);
      lastId += 1;
      const id = lastId;
      const answer = new Promise<unknown>((resolve, reject) => waiting.set(id, { method, resolve, reject }));
      const patience = setTimeout(() => close(`there was no answer in ${ANSWER_MS} ms`), ANSWER_MS);
      const text = JSON.stringify({ id, method, params });
      note(`> ${text}`);
      socket.send(text);
      return (await answer.finally(() => clearTimeout(patience))) as Result;
    },
    on(method, listener) {
      listeners.set(method, [...(listeners.get(method) ?? []), listener as (event: unknown) => void]);
    },
    close,
  };
}

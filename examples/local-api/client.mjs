/**
 * A client of Earshot's local API (docs/local-api.md): the events as an async iterator, and the commands. Without dependencies.
 */
import { request } from 'node:http';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The socket: EARSHOT_API_SOCKET, or the one in the user's state folder. */
export function socketPath({ EARSHOT_API_SOCKET, XDG_STATE_HOME } = process.env) {
  return EARSHOT_API_SOCKET || join(XDG_STATE_HOME || join(homedir(), '.local/state'), 'earshot/api.sock');
}

/** Executes a command, like `press`. Resolves with the state after it; rejects when it was refused. */
export function command(name, fields = {}, path = socketPath()) {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath: path, path: `/v1/${name}`, method: 'POST', agent: false }, async (response) => {
      const body = await textOf(response).then(JSON.parse).catch(reject);
      if (response.statusCode === 200) resolve(body);
      else reject(new Error(`${name}: ${body?.error?.message ?? response.statusCode}`));
    });
    sent.on('error', reject);
    sent.end(JSON.stringify(fields));
  });
}

/** Yields `{ event, data }`, `snapshot` first, until the daemon closes the stream. */
export async function* events(types, path = socketPath()) {
  const response = await new Promise((resolve, reject) => {
    request({ socketPath: path, path: `/v1/events?types=${types}`, agent: false }, resolve)
      .on('error', reject)
      .end();
  });
  if (response.statusCode !== 200) throw new Error(`events: ${await textOf(response)}`);
  let rest = '';
  for await (const block of response.setEncoding('utf8')) {
    const messages = (rest + block).split('\n\n');
    rest = messages.pop();
    for (const message of messages) {
      const event = /^event: (.*)$/m.exec(message)?.[1];
      const data = /^data: (.*)$/m.exec(message)?.[1];
      if (event !== undefined && data !== undefined) yield { event, data: JSON.parse(data) };
    }
  }
}

/** Follows the events for ever: connects again a second after the daemon has ended, or when it is not there yet. */
export async function follow(types, onEvent, path = socketPath()) {
  for (;;) {
    try {
      for await (const each of events(types, path)) onEvent(each);
    } catch {
      // It is not there yet, or has ended.
    }
    onEvent({ event: 'gone', data: {} });
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

async function textOf(response) {
  let text = '';
  for await (const block of response.setEncoding('utf8')) text += block;
  return text;
}

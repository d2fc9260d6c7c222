/**
 * Home Assistant's conversation API by its documented shapes
 * (developers.home-assistant.io/docs/intent_conversation_api, /docs/api/rest). It understands a few sentences and remembers conversations. Faults
 * can be ordered.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { once } from '../support/in-time.ts';

export type HomeAssistantFault =
  | { status: number; body?: string }
  | 'hang'
  | 'hang in the middle'
  | 'disconnect'
  | 'disconnect in the middle'
  | 'half a line'
  | 'empty'
  | 'another shape'
  | 'endless';

export interface HomeAssistantPeer {
  url: string;
  /** The bodies of `POST /api/conversation/process`. */
  asked: Record<string, unknown>[];
  /** When an answer was cut off by the client, `performance.now()`. */
  aborted: number[];
  fail(...faults: HomeAssistantFault[]): void;
  close(): Promise<void>;
}

export const HOME_ASSISTANT_TOKEN = 'eyJhbGciOi.long.lived-token';

export async function startHomeAssistantPeer(): Promise<HomeAssistantPeer> {
  const faults: HomeAssistantFault[] = [];
  const asked: Record<string, unknown>[] = [];
  const aborted: number[] = [];
  let conversations = 0;
  const server = createServer(async (request, response) => {
    response.on('close', () => response.writableFinished || aborted.push(performance.now()));
    if (request.headers.authorization !== `Bearer ${HOME_ASSISTANT_TOKEN}`)
      return void json(response, 401, '401: Unauthorized');
    if (request.method === 'GET' && request.url === '/api/')
      return void json(response, 200, { message: 'API running.' });
    if (request.method !== 'POST' || request.url !== '/api/conversation/process')
      return void json(response, 404, '404: Not Found');
    const body = JSON.parse(await textOf(request));
    asked.push(body);
    const id = body.conversation_id ?? `conversation ${++conversations}`;
    const answer = JSON.stringify({ ...answerTo(body), conversation_id: id });
    const fault = faults.shift();
    if (fault === undefined) return void json(response, 200, answer);
    if (typeof fault === 'object') return void json(response, fault.status, fault.body ?? `you said: ${body.text}`);
    misbehave(response, fault, answer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    aborted,
    fail: (...more) => void faults.push(...more),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function misbehave(response: ServerResponse, fault: Exclude<HomeAssistantFault, object>, answer: string): void {
  switch (fault) {
    case 'hang':
      return;
    case 'disconnect':
      return void response.socket?.resetAndDestroy();
    case 'half a line':
      return void json(response, 200, answer.slice(0, answer.length / 2));
    case 'empty':
      return void json(response, 200, '');
    case 'another shape':
      return void json(response, 200, { choices: [] });
    case 'endless': {
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = (): void => {
        while (response.writable && response.write(' '.repeat(65_536)));
      };
      response.on('drain', more);
      return more();
    }
    default:
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write(answer.slice(0, answer.length / 2));
      if (fault === 'disconnect in the middle') setTimeout(() => response.socket?.resetAndDestroy(), 20);
  }
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

function answerTo({ text, language }: Record<string, unknown>) {
  const response = (response_type: string, speech: string | null, data: object) => ({
    response: {
      response_type,
      language,
      speech: speech === null ? {} : { plain: { speech, extra_data: null } },
      card: {},
      data,
    },
    continue_conversation: speech?.endsWith('?') ?? false,
  });
  const targets = { targets: [], success: [{ name: 'Kitchen', type: 'area', id: 'kitchen' }], failed: [] };
  switch (text) {
    case 'turn on the light':
      return response('action_done', 'Turned on the lights', targets);
    case 'open the blind':
      return response('action_done', null, targets);
    case 'set a mood':
      return { ...response('query_answer', 'Which one?', targets), continue_conversation: true };
    case 'unlock the moon':
      return response('error', "Sorry, I couldn't understand that", { code: 'no_intent_match' });
    case 'turn on nothing':
      return response('error', null, { code: 'no_valid_targets' });
    default:
      return response('query_answer', `You said ${text}`, targets);
  }
}

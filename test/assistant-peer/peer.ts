/**
 * A server that speaks OpenAI's API: Chat Completions, transcription, speech, the list of models, and Realtime. Speech
 * is real in both directions; answers come from rules; delays are known; faults can be ordered.
 */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type WebSocket, WebSocketServer } from 'ws';
import { once } from '../support/in-time.ts';
import { readWav, speechBody, transcriptionBody } from './audio.ts';
import { chatEvents } from './chat.ts';
import { NO_DELAYS, type PeerDelays } from './delays.ts';
import { type Fault, sendWithFault } from './faults.ts';
import { PeerRealtimeSession } from './realtime.ts';
import type { Rule } from './script.ts';
import type { PeerSpeech, SpokenAudio } from './speech.ts';

export interface PeerOptions {
  speech: PeerSpeech;
  rules?: readonly Rule[];
  delays?: Partial<PeerDelays>;
  /** PEM; then the peer speaks TLS. */
  certificate?: { key: string; cert: string };
}

/** A request as the peer saw it. Times are `performance.now()`. */
export interface PeerRequest {
  path: string;
  authorization: string | undefined;
  /** Number of its connection. */
  connection: number;
  /** JSON, or the fields of a form. */
  body: Record<string, unknown>;
  /** The file of a form. */
  audio?: SpokenAudio;
  /** All of it has arrived. */
  receivedAtMs: number;
  /** The first piece of the answer was sent. */
  firstSentAtMs?: number;
  /** The client closed the connection before the end of the answer. */
  abortedAtMs?: number;
}

export interface Peer {
  /** `http://127.0.0.1:PORT/v1` */
  url: string;
  delays: PeerDelays;
  rules: readonly Rule[];
  requests: PeerRequest[];
  sessions: PeerRealtimeSession[];
  /** The only key that it accepts. */
  readonly key: string;
  /** The next request that fits has this fault; several are used one after another. */
  fail(...faults: Fault[]): void;
  /** Faults that were not used are forgotten. */
  succeed(): void;
  close(): Promise<void>;
}

export const PEER_KEY = 'sk-the-key-of-the-peer';

export async function startPeer({ speech, rules = [], delays, certificate }: PeerOptions): Promise<Peer> {
  const faults: Fault[] = [];
  let connections = 0;
  const numbers = new WeakMap<object, number>();
  const upgraded = new Set<Duplex>();
  const server = certificate ? createSecureServer(certificate, listener()) : createServer(listener());
  server.on(certificate ? 'secureConnection' : 'connection', (socket: object) => {
    connections += 1;
    numbers.set(socket, connections);
  });
  const webSockets = new WebSocketServer({ noServer: true });
  const peer: Peer = {
    url: '',
    key: PEER_KEY,
    delays: { ...NO_DELAYS, ...delays },
    rules,
    requests: [],
    sessions: [],
    fail: (...more) => void faults.push(...more),
    succeed: () => void faults.splice(0),
    async close() {
      for (const socket of upgraded) socket.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };

  function takeFault(path: string): Fault | undefined {
    const at = faults.findIndex((fault) => fault.path === undefined || fault.path === path);
    return at < 0 ? undefined : faults.splice(at, 1)[0];
  }

  function listener(): RequestListener {
    return (request, response) => {
      answer(request, response).catch((error: unknown) => {
        if (!response.headersSent) response.writeHead(400, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ error: { message: String(error), type: 'invalid_request_error' } }));
      });
    };
  }

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(incoming, numbers.get(incoming.socket) ?? 0);
    peer.requests.push(request);
    response.on('close', () => {
      if (!response.writableFinished) request.abortedAtMs = performance.now();
    });
    const send = (type: string, pieces: AsyncIterable<string | Uint8Array>, fault?: Fault) =>
      sendWithFault(response, type, pieces, fault, () => {
        request.firstSentAtMs = performance.now();
      });
    const fault = takeFault(request.path);
    if (request.authorization !== `Bearer ${PEER_KEY}`) {
      return send('', nothing(), { kind: 'status', status: 401 });
    }
    const { body, audio } = request;
    switch (request.path) {
      case '/v1/models':
        return send('application/json', once1(JSON.stringify({ object: 'list', data: MODELS })), fault);
      case '/v1/chat/completions':
        return send(
          'text/event-stream',
          chatEvents({
            request: body as never,
            rules: peer.rules,
            delays: peer.delays,
            isMinimal: fault?.kind === 'minimal',
          }),
          fault,
        );
      case '/v1/audio/transcriptions': {
        if (!audio) throw new Error('no file');
        const isStreamed = body.stream === 'true';
        const type = isStreamed ? 'text/event-stream' : 'application/json';
        return send(type, transcriptionBody({ audio, isStreamed }, speech, peer.delays), fault);
      }
      case '/v1/audio/speech': {
        const type = body.response_format === 'pcm' ? 'audio/pcm' : 'audio/wav';
        return send(type, speechBody(body as never, speech, peer.delays), fault);
      }
      default:
        return send('', nothing(), { kind: 'status', status: 404 });
    }
  }

  server.on('upgrade', (request, socket, head) => {
    upgraded.add(socket);
    socket.on('close', () => upgraded.delete(socket));
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://peer');
    const fault = takeFault(pathname);
    const isAccepted = request.headers.authorization === `Bearer ${PEER_KEY}` && pathname === '/v1/realtime';
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'disconnect') return void socket.destroy();
    if (fault?.kind === 'status' || !isAccepted) {
      const status = fault?.kind === 'status' ? fault.status : 401;
      return void socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
    }
    webSockets.handleUpgrade(request, socket, head, (webSocket: WebSocket) => {
      const model = searchParams.get('model') ?? '';
      peer.sessions.push(new PeerRealtimeSession({ webSocket, model, speech, peer, takeFault }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  peer.url = `${certificate ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return peer;
}

const MODELS = ['chat', 'moonshine', 'flite', 'realtime'].map((id) => ({
  id,
  object: 'model',
  created: 1,
  owned_by: 'peer',
}));

async function* nothing(): AsyncGenerator<string> {}

async function* once1(body: string): AsyncGenerator<string> {
  yield body;
}

async function readRequest(incoming: IncomingMessage, connection: number): Promise<PeerRequest> {
  const request: PeerRequest = {
    path: new URL(incoming.url ?? '/', 'http://peer').pathname,
    authorization: incoming.headers.authorization,
    connection,
    body: {},
    receivedAtMs: 0,
  };
  const type = incoming.headers['content-type'] ?? '';
  if (type.startsWith('application/json')) request.body = JSON.parse(await text(incoming));
  else if (type.startsWith('multipart/form-data')) {
    const form = await new Response(incoming as never, { headers: { 'content-type': type } }).formData();
    for (const [name, value] of form) {
      if (typeof value === 'string') request.body[name] = value;
      else request.audio = readWav(Buffer.from(await value.arrayBuffer()));
    }
  }
  request.receivedAtMs = performance.now();
  return request;
}

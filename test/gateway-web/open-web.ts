/**
 * A gateway with its pages, for tests: on a free port, without a cloud, with a folder of its own.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Admission } from '../../actors/cloud/access.ts';
import { parrot } from '../../actors/responder/parrot.ts';
import { limitsFrom } from '../../src/core/limits/limits.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { startGateway } from '../../src/gateway/gateway.ts';
import { openSignInStore } from '../../src/gateway/web/sign-in-store.ts';
import type { WebSettings } from '../../src/gateway/web/web.ts';
import type { Certificate } from '../../src/server/certificate.ts';
import { once } from '../support/in-time.ts';
import { withoutCloud } from '../support/no-cloud.ts';

export const GATEWAY_KEY = 'a key of a gateway, for tests only';

export interface OpenWebOptions extends Partial<WebSettings> {
  /** Of the cloud; nothing listens there by default. */
  cloudUrl?: string;
  gatewayKey?: string;
  limits?: string[];
  certificate?: Certificate;
  /** Serves devices only. */
  withoutPages?: boolean;
  /** Called with the token of each device that connects. */
  onToken?: (token: string | undefined) => void;
  /** What they get. Default: each is admitted. */
  admission?: Admission;
}

export interface Answer {
  status: number;
  headers: Record<string, string | undefined>;
  text: string;
  json: Record<string, unknown>;
}

export interface Asked {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

export type TestWeb = Awaited<ReturnType<typeof openWeb>>;

export async function openWeb({
  cloudUrl = 'http://127.0.0.1:1',
  gatewayKey = GATEWAY_KEY,
  limits = [],
  certificate,
  withoutPages,
  onToken,
  admission = { kind: 'open' },
  ...web
}: OpenWebOptions = {}) {
  const cloud = withoutCloud({ has: () => false, record: async () => {} });
  const state = web.state ?? mkdtempSync(join(tmpdir(), 'earshot-test-web-'));
  const gateway = await startGateway({
    host: '127.0.0.1',
    port: 0,
    responder: parrot,
    cloud: {
      ...cloud,
      access: {
        ...cloud.access,
        async admit({ token }) {
          onToken?.(token);
          return admission;
        },
      },
      address: { url: Promise.resolve(cloudUrl), gatewayKey, tenant: 'default' },
    },
    limits: limitsFrom(limits),
    ...(!withoutPages && { web: { ...web, state } }),
    ...(certificate && { certificate }),
    log: silentLog,
  });
  const { host, port, origin } = new URL(gateway.webUrl);

  /** Not by `fetch`, which sets `Host` and `Origin` itself. */
  async function send(path: string, { method = 'GET', headers = {}, body }: Asked) {
    const asked = request({ host: '127.0.0.1', port: new URL(gateway.url).port, path, method, headers });
    const [response] = (await once(asked.end(body), 'response')) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    return { response, bytes: Buffer.concat(chunks) };
  }

  async function ask(path: string, asked: Asked = {}): Promise<Answer> {
    const { response, bytes } = await send(path, asked);
    const text = bytes.toString('utf8');
    const isJson = response.headers['content-type']?.startsWith('application/json') && text !== '';
    return {
      status: response.statusCode ?? 0,
      headers: response.headers as Answer['headers'],
      text,
      json: isJson ? JSON.parse(text) : {},
    };
  }

  const askBytes = async (path: string, asked: Asked = {}) => (await send(path, asked)).bytes;

  /** As a page of this gateway does. */
  const post = (path: string, { body = '{}', headers = {} }: Asked = {}) =>
    ask(path, { method: 'POST', headers: { origin, 'content-type': 'application/json', ...headers }, body });

  const store = openSignInStore(state, Date.now);
  return {
    ...{ gateway, state, host, port, origin, store, ask, askBytes, post },
    signIn: async (role: 'operator' | 'viewer' = 'operator'): Promise<string> => {
      const answer = await post('/console/sign-in', { body: JSON.stringify({ link: await store.createLink(role) }) });
      return String(answer.json.session);
    },
    /** What the console's page does before it calls the cloud. */
    async tokenFor(session: string): Promise<string> {
      const { json } = await post('/console/token', { headers: { authorization: `Bearer ${session}` } });
      return String(json.token);
    },
    async close() {
      await gateway.close();
      if (web.state === undefined) rmSync(state, { recursive: true, force: true });
    },
  };
}

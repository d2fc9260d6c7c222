/**
 * convex-test: Convex's own stand-in for tests, in memory.
 */
import { fork } from 'node:child_process';
import { convexToJson, jsonToConvex, type Value } from 'convex/values';
import { endWithTests } from '../../support/end-with-tests.ts';
import { exitOf, inTime, once } from '../../support/in-time.ts';
import { type Backend, CallError, type FunctionKind, NotOffered } from '../suite/backend.ts';
import type { Request, Response_ } from './convex-test-process.ts';

/** Without what identifies it. */
type Asked<T> = T extends Request ? Omit<T, 'id'> : never;

export async function openConvexTest(): Promise<Backend> {
  const child = endWithTests(
    fork(new URL('convex-test-process.ts', import.meta.url), {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    }),
  );
  const failed = new Promise<never>((_, reject) => {
    child.once('exit', (code) => reject(new Error(`it ended with ${code}`)));
  });
  await Promise.race([once(child, 'message'), failed]);
  const waiting = new Map<number, (response: Response_) => void>();
  let count = 0;
  child.on('message', (response: Response_) => {
    waiting.get(response.id)?.(response);
    waiting.delete(response.id);
  });

  function ask(request: Asked<Request>): Promise<Response_> {
    const id = count++;
    child.send({ id, ...request });
    const answer = new Promise<Response_>((resolve) => waiting.set(id, resolve));
    return Promise.race([inTime(answer, () => `the answer to ${JSON.stringify(request)}`), failed]);
  }

  async function call<T>(kind: FunctionKind, path: string, args: Record<string, unknown>, token?: string): Promise<T> {
    if (token !== undefined) throw new NotOffered('tokens');
    const response = await ask({ kind, path, args: convexToJson(withoutUndefined(args)) });
    if (!response.ok) throw new CallError(response.message, response.data && jsonToConvex(response.data));
    return ('value' in response ? jsonToConvex(response.value) : null) as T;
  }

  return {
    name: 'convex-test',
    hasCrons: false,
    query: (path, args = {}, token) => call('query', path, args, token),
    mutation: (path, args = {}, token) => call('mutation', path, args, token),
    action: (path, args = {}, token) => call('action', path, args, token),
    async fetch(path, init = {}) {
      const request = new Request(new URL(path, 'http://localhost'), init);
      if (request.headers.has('authorization')) throw new NotOffered('tokens');
      const body = request.body ? Buffer.from(await request.arrayBuffer()).toString('base64') : null;
      const response = await ask({ kind: 'fetch', path, method: request.method, headers: [...request.headers], body });
      if (!response.ok) throw new CallError(response.message);
      if (!('status' in response)) throw new Error('not the answer of an HTTP action');
      const { status, headers } = response;
      return new Response(status === 204 ? null : Buffer.from(response.body, 'base64'), { status, headers });
    },
    async fetchFile() {
      throw new NotOffered('addresses of files');
    },
    subscribe() {
      throw new NotOffered('subscriptions');
    },
    async restart() {
      throw new NotOffered('a restart');
    },
    async close() {
      child.disconnect();
      await exitOf(child);
    },
  };
}

/** As the clients do it. */
function withoutUndefined(args: Record<string, unknown>): Value {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined)) as Value;
}

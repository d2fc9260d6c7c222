/**
 * The suite's functions with convex-test, which replaces globals for good: this is a process of its own.
 */
import { readdirSync } from 'node:fs';
import { makeFunctionReference } from 'convex/server';
import { ConvexError, convexToJson, type JSONValue, jsonToConvex, type Value } from 'convex/values';
import { convexTest } from 'convex-test';
import schema from '../convex/schema.ts';
import type { FunctionKind } from '../suite/backend.ts';

export type Request =
  | { id: number; kind: FunctionKind; path: string; args: JSONValue }
  | { id: number; kind: 'fetch'; path: string; method: string; headers: [string, string][]; body: string | null };
export type Response_ =
  | { id: number; ok: true; value: JSONValue }
  | { id: number; ok: true; status: number; headers: [string, string][]; body: string }
  | { id: number; ok: false; message: string; data?: JSONValue };

const folder = new URL('../convex/', import.meta.url);
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
  /(?<!\.d)\.[tj]s$/.test(file),
);
const modules = Object.fromEntries(files.map((file) => [`./${file}`, () => import(new URL(file, folder).href)]));
const t = convexTest({ schema, modules, transactionLimits: true });

type Call = (reference: unknown, args: Value) => Promise<Value | undefined>;

async function answer(request: Request): Promise<Response_> {
  const { id } = request;
  try {
    if (request.kind === 'fetch') {
      const { path, method, headers, body } = request;
      const response = await t.fetch(path, {
        method,
        headers,
        ...(body !== null && { body: Buffer.from(body, 'base64') }),
      });
      const bytes = Buffer.from(await response.arrayBuffer());
      return { id, ok: true, status: response.status, headers: [...response.headers], body: bytes.toString('base64') };
    }
    const call = t[request.kind] as Call;
    const value = await call(makeFunctionReference<FunctionKind>(request.path), jsonToConvex(request.args));
    return { id, ok: true, value: convexToJson(value ?? null) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { id, ok: false, message, ...(error instanceof ConvexError && { data: convexToJson(error.data) }) };
  }
}

// What a scheduled function throws is told by convex-test itself.
console.error = () => {};
process.on('message', (request: Request) => {
  void answer(request).then((response) => process.send?.(response));
});
process.on('disconnect', () => process.exit());
process.send?.('ready');

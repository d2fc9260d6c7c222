/**
 * The globals of Convex's runtime that Node's differ from. Functions share the process with the rest of the cloud, so each global asks
 * whether a function runs; everything else gets Node's own.
 *
 * As in a deployment: in queries and mutations time stands still, and there is no network and no timer. In actions time passes, by the
 * clock of the runtime. `Math.random` and `crypto` are Node's: a deployment seeds them for each execution, which nobody can see, because a
 * mutation runs once here.
 */
import { createHash } from 'node:crypto';
import { format } from 'node:util';
import { type ConsoleMethod, running } from './execution.ts';

interface FunctionGlobals {
  syscall(name: string, args: string): string;
  asyncSyscall(name: string, args: string): string | Promise<string>;
  jsSyscall(name: string, args: object): unknown;
}

const DIGESTS: ReadonlySet<string> = new Set(['SHA-1', 'SHA-256', 'SHA-384', 'SHA-512']);

let isInstalled = false;

/** For all runtimes of the process; each execution brings its own. */
export function installGlobals(systemCalls: FunctionGlobals): void {
  if (isInstalled) return;
  isInstalled = true;
  Object.assign(globalThis, { Convex: systemCalls });
  installTime();
  for (const name of ['setTimeout', 'setInterval', 'setImmediate'] as const) {
    refuseInTransactions(name, name, (error) => {
      throw error;
    });
  }
  refuseInTransactions('fetch', 'fetch()', (error) => Promise.reject(error));
  installDigest();
  for (const method of ['debug', 'log', 'info', 'warn', 'error'] as const) installConsole(method);
}

function installTime(): void {
  const systemDate = globalThis.Date;
  const systemNow = systemDate.now;
  const now = () => running.getStore()?.root.nowMs() ?? systemNow();
  systemDate.now = now;
  globalThis.Date = new Proxy(systemDate, {
    construct(target, args, newTarget) {
      const known = args.length === 0 && running.getStore() ? [now()] : args;
      return Reflect.construct(target, known, newTarget);
    },
    apply: () => new systemDate(now()).toString(),
  });
}

function refuseInTransactions(
  name: 'setTimeout' | 'setInterval' | 'setImmediate' | 'fetch',
  description: string,
  refuse: (error: Error) => unknown,
): void {
  const own = globalThis[name] as (...args: unknown[]) => unknown;
  const replaced = (...args: unknown[]): unknown => {
    if (!running.getStore()?.reader) return own(...args);
    const message = `Can't use ${description} in queries and mutations. Please consider using an action.`;
    return refuse(new Error(`${message} See https://docs.convex.dev/functions/actions for more details.`));
  };
  // `util.promisify(setTimeout)` finds its other form by a symbol.
  Object.defineProperties(replaced, Object.getOwnPropertyDescriptors(own));
  Object.assign(globalThis, { [name]: replaced });
}

/**
 * A digest at once, as in a deployment. Node's own waits for a thread, also behind a slow disk: a function would run out of its time.
 */
function installDigest(): void {
  const { subtle } = globalThis.crypto;
  const own = subtle.digest.bind(subtle);
  const digest: typeof own = async (algorithm, data) => {
    const name = (typeof algorithm === 'string' ? algorithm : algorithm.name).toUpperCase();
    if (!running.getStore() || !DIGESTS.has(name)) return await own(algorithm, data);
    const bytes = ArrayBuffer.isView(data)
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      : new Uint8Array(data);
    const { buffer, byteOffset, byteLength } = createHash(name.replace('-', '')).update(bytes).digest();
    return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
  };
  Object.assign(subtle, { digest });
}

function installConsole(method: ConsoleMethod): void {
  const { [method]: own } = console;
  console[method] = (...values: unknown[]) => {
    const execution = running.getStore();
    if (!execution) return own.apply(console, values);
    running.run(undefined, () => execution.writeConsole(method, format(...values), execution));
  };
}

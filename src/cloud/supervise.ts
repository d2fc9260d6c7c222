/**
 * The gateway's handle on the embedded cloud: starts its process, and starts it again when it dies, at the same address and
 * with what it had.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { EarshotError, messageOf } from '../core/errors.ts';
import { signingKeyOf } from '../core/identity/signing-key.ts';
import { type Limits, limitSettings } from '../core/limits/limits.ts';
import { type Log, writeEntry } from '../core/log/log.ts';
import { backoffMs } from '../core/time/backoff.ts';
import type { EmbeddedSettings, ToParent } from './messages.ts';

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;
/** Longer than it takes to read the largest cloud from a slow disk. */
const START_MS = 5 * 60_000;
/**
 * Of its memory: a small young generation and code that is optimised for its size (together 20 % more CPU and 8 MB less than 2 MB without it), and a
 * bound on the rest that leaves room for the longest answers.
 */
const MEMORY_FLAGS = ['--max-semi-space-size=1', '--optimize-for-size', '--max-old-space-size=128'];
/** A process that has run this long has not failed at its start. */
const STABLE_MS = 10_000;

export interface EmbeddedOptions {
  /** Of its data. Exists, and is private. */
  folder: string;
  /** The folder is deleted when the gateway ends, also when it is killed. */
  isEphemeral: boolean;
  gatewayKey: string;
  /** Preferred; another one if it is in use. 0: any free one. */
  port: number;
  limits: Limits;
  log: Log;
}

export interface EmbeddedCloud {
  url: string;
  port: number;
  gatewayKey: string;
  /** Of the process that runs now. */
  pid(): number | undefined;
  /** Does not wait for the end of its process. */
  close(): void;
}

/**
 * Resolves when it can be used. An abort closes it, also while it starts.
 *
 * @throws EarshotError `cloud_unavailable`
 */
export async function startEmbeddedCloud(options: EmbeddedOptions, signal?: AbortSignal): Promise<EmbeddedCloud> {
  const { folder, isEphemeral, gatewayKey, limits, log } = options;
  signal?.throwIfAborted();
  let child: ChildProcess | undefined;
  let retry: NodeJS.Timeout | undefined;
  let closing = false;
  let crashes = 0;

  function run(settings: EmbeddedSettings): Promise<{ url: string; port: number }> {
    const startedAtMs = performance.now();
    // Bundled, the process's file lies beside this one under another name; from source tsx's loader is inherited.
    const file = import.meta.url.endsWith('.ts') ? './process.ts' : './embedded-cloud-process.js';
    const process_ = fork(new URL(file, import.meta.url), [JSON.stringify(settings)], {
      env: { ...process.env, EARSHOT_GATEWAY_KEY: gatewayKey, EARSHOT_JWKS: signingKeyOf(gatewayKey).jwks },
      execArgv: [...process.execArgv, ...MEMORY_FLAGS],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child = process_;
    // It starts beside the first turn, which goes first.
    if (process_.pid !== undefined) setPriority(process_.pid, constants.priority.PRIORITY_BELOW_NORMAL);
    return new Promise((resolve, reject) => {
      const failed = (reason: string) => {
        const hint = 'Set CONVEX_URL to use a deployment instead.';
        clearTimeout(limit);
        reject(new EarshotError('cloud_unavailable', `The embedded cloud did not start: ${reason}`, hint));
      };
      const limit = setTimeout(() => {
        failed(`it was not ready within ${START_MS / 60_000} minutes`);
        process_.kill('SIGKILL');
      }, START_MS);
      // A gateway that ends does not wait for it.
      limit.unref();
      process_.on('message', (message: ToParent) => {
        if (message.kind === 'failed') failed(message.reason);
        else if (message.kind === 'log') writeEntry(log, message.entry);
        else {
          clearTimeout(limit);
          resolve(message);
          process_.once('exit', (code) => onEnd({ ...settings, port: message.port }, startedAtMs, code === 0));
        }
      });
      process_.once('error', (error) => failed(error.message));
      process_.once('exit', (code, signal) => failed(`its process ended (${signal ?? code})`));
    });
  }

  /** `inOrder`: it was asked to end, as by an import, which then has its folder. */
  function onEnd(settings: EmbeddedSettings, startedAtMs: number, inOrder = false): void {
    if (closing) return;
    crashes = performance.now() - startedAtMs > STABLE_MS ? 1 : crashes + 1;
    const delayMs = backoffMs(crashes, { firstMs: FIRST_RETRY_MS, longestMs: LONGEST_RETRY_MS });
    if (inOrder) log.info('the embedded cloud was stopped and is started again', { delayMs });
    else log.warn('the embedded cloud died and is started again', { crashes, delayMs });
    retry = setTimeout(() => {
      run(settings).catch((error: unknown) => {
        log.error('the embedded cloud did not start again', { error: String(error) });
        onEnd(settings, performance.now());
      });
    }, delayMs);
  }

  function close(): void {
    closing = true;
    clearTimeout(retry);
    // What lasts is closed in order; without its parent the process ends.
    if (isEphemeral) child?.kill('SIGKILL');
    else if (child?.connected) child.disconnect();
    // On a busy machine a process of low priority takes seconds to end. The gateway does not wait for it.
    child?.unref();
    child?.channel?.unref();
  }

  signal?.addEventListener('abort', close, { once: true });
  try {
    const settings = { port: options.port, folder, isEphemeral, limits: limitSettings(limits) };
    const { url, port } = await run(settings).catch((error: unknown) => {
      if (settings.port === 0 || closing || !/EADDRINUSE/.test(messageOf(error))) throw error;
      log.warn('the port of the embedded cloud is in use: it takes another one', { port: settings.port });
      return run({ ...settings, port: 0 });
    });
    return { url, port, gatewayKey, pid: () => child?.pid, close };
  } catch (error) {
    close();
    throw error;
  }
}

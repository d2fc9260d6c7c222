/**
 * A process of the embedded cloud that can be killed and started again at the same address, over a folder of its own.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { on } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EmbeddedSettings, ToParent } from '../../src/cloud/messages.ts';
import { endWithTests } from './end-with-tests.ts';
import { freePort } from './free-port.ts';
import { exitOf, inTime } from './in-time.ts';

export interface RestartableCloud {
  readonly url: string;
  /** Of the running process. */
  readonly pid: number;
  kill(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

export interface RestartableCloudOptions {
  /** The program of the process. */
  file: URL;
  settings: Partial<EmbeddedSettings>;
  /** Beside this process's own; read at each start. */
  env?: () => NodeJS.ProcessEnv;
}

export async function startRestartableCloud({
  file,
  settings,
  env = () => ({}),
}: RestartableCloudOptions): Promise<RestartableCloud> {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-test-cloud-'));
  const port = await freePort();
  let child: ChildProcess | undefined;
  let url = '';

  async function start(): Promise<void> {
    child = endWithTests(
      fork(file, [JSON.stringify({ port, folder, ...settings })], {
        env: { ...process.env, ...env() },
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      }),
    );
    try {
      url = await inTime(addressOf(child), 'the embedded cloud is ready');
    } catch (error) {
      await kill();
      throw error;
    }
  }

  async function kill(): Promise<void> {
    child?.kill('SIGKILL');
    if (child) await exitOf(child);
    child = undefined;
  }

  await start();
  return {
    get url() {
      return url;
    },
    get pid() {
      return child?.pid ?? 0;
    },
    kill,
    start,
    async close() {
      if (child) await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function addressOf(child: ChildProcess): Promise<string> {
  for await (const [message] of on(child, 'message') as AsyncIterable<[ToParent]>) {
    if (message.kind === 'failed') throw new Error(message.reason);
    if (message.kind === 'ready') return message.url;
  }
  throw new Error('unreachable: messages have no end');
}

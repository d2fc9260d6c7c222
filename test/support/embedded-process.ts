/**
 * The embedded cloud's process for tests: it can be killed and restarted at the same address.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EmbeddedSettings, ToParent } from '../../src/cloud/messages.ts';
import { signingKeyOf } from '../../src/core/identity/signing-key.ts';
import { freePort } from './free-port.ts';

export interface EmbeddedProcess {
  readonly url: string;
  readonly gatewayKey: string;
  /** Of the running process. */
  readonly pid: number;
  kill(): Promise<void>;
  start(): Promise<void>;
  /** From its next start on it accepts tokens of this key, and no others. */
  trust(gatewayKey: string): void;
  close(): Promise<void>;
}

/** @param limits settings of src/core/limits/limits.ts */
export async function startEmbeddedProcess(
  limits: string[] = [],
  more: Partial<EmbeddedSettings> = {},
): Promise<EmbeddedProcess> {
  const gatewayKey = 'the key of an embedded cloud for tests';
  const folder = mkdtempSync(join(tmpdir(), 'earshot-test-cloud-'));
  const file = new URL('../../src/cloud/process.ts', import.meta.url);
  let child: ChildProcess | undefined;
  const port = await freePort();
  let url = '';
  let { jwks } = signingKeyOf(gatewayKey);

  async function start(): Promise<void> {
    child = fork(file, [JSON.stringify({ port, folder, limits, ...more })], {
      env: { ...process.env, EARSHOT_GATEWAY_KEY: gatewayKey, EARSHOT_JWKS: jwks },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const [message] = (await once(child, 'message')) as [ToParent];
    if (message.kind === 'failed') throw new Error(message.reason);
    url = message.url;
  }

  async function kill(): Promise<void> {
    const ended = child && once(child, 'exit');
    child?.kill('SIGKILL');
    await ended;
    child = undefined;
  }

  await start();
  return {
    get url() {
      return url;
    },
    gatewayKey,
    get pid() {
      return child?.pid ?? 0;
    },
    kill,
    start,
    trust(key) {
      ({ jwks } = signingKeyOf(key));
    },
    async close() {
      if (child) await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

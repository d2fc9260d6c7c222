/**
 * The embedded cloud with the functions of the suite, in a process of its own that can be killed and started again.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adminKeyOf } from '../../../src/cloud/admin-key.ts';
import type { ToParent } from '../../../src/cloud/messages.ts';
import { freePort } from '../../support/free-port.ts';
import { SUITE_KEY } from './suite-key.ts';

/** The suite's clients show no key: they are many at a time, and what they send may be long. */
const LIMITS = ['cloudHandshakes=off', 'cloudFailures=off', 'cloudCallBytes=20000000', 'cloudUnprovenBytes=off'];

export async function startEmbeddedCloudOfSuite() {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-conformance-'));
  const port = await freePort();
  let child: ChildProcess | undefined;
  let url = '';

  async function start(): Promise<void> {
    child = fork(new URL('embedded-process.ts', import.meta.url), [JSON.stringify({ port, folder, limits: LIMITS })], {
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
    adminKey: adminKeyOf(SUITE_KEY),
    start,
    kill,
    async close() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Debian's mosquitto on a free port of loopback, which can be stopped and started again.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { connectAsync, type MqttClient } from 'mqtt';
import { endWithTests } from '../support/end-with-tests.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { once } from '../support/in-time.ts';

const PROGRAM = '/usr/sbin/mosquitto';
export const PASSWORD = 'correct horse';

/** Whether it is missing: the test is skipped then, and fails where EARSHOT_REQUIRE_MOSQUITTO is set. */
export function lacksMosquitto(t: TestContext): boolean {
  if (!spawnSync(PROGRAM, ['-h']).error) return false;
  if (process.env.EARSHOT_REQUIRE_MOSQUITTO) throw new Error('mosquitto is not installed (apt-get install mosquitto)');
  t.skip('mosquitto is not installed');
  return true;
}

export interface Mosquitto {
  url: URL;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** As Home Assistant. */
  client(): Promise<MqttClient>;
  close(): Promise<void>;
}

export async function startMosquitto(): Promise<Mosquitto> {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-mosquitto-'));
  const port = await freePort();
  const passwords = join(folder, 'passwords');
  spawnSync('mosquitto_passwd', ['-b', '-c', passwords, 'earshot', PASSWORD]);
  const config = join(folder, 'mosquitto.conf');
  const lines = [`listener ${port} 127.0.0.1`, `password_file ${passwords}`, 'persistence true'];
  // As root it would become another user, who may not read the folder.
  writeFileSync(config, [...lines, `persistence_location ${folder}/`, 'user root', ''].join('\n'));
  let child: ChildProcess | undefined;
  const clients: MqttClient[] = [];
  const url = new URL(`mqtt://127.0.0.1:${port}`);

  async function connect(): Promise<MqttClient> {
    return await connectAsync(url.href, { username: 'earshot', password: PASSWORD, protocolVersion: 5 });
  }

  const mosquitto: Mosquitto = {
    url,
    async start() {
      child = endWithTests(spawn(PROGRAM, ['-c', config], { stdio: 'ignore' }));
      await eventually(async () => {
        const client = await connectAsync(url.href, {
          ...{ username: 'earshot', password: PASSWORD, reconnectPeriod: 0, connectTimeout: 2_000 },
        }).catch(() => undefined);
        await client?.endAsync();
        return client !== undefined;
      }, 'mosquitto listens');
    },
    async stop() {
      if (!child || child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
    async client() {
      const client = await connect();
      clients.push(client);
      return client;
    },
    async close() {
      await Promise.all(clients.map((client) => client.endAsync(true)));
      await mosquitto.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await mosquitto.start();
  return mosquitto;
}

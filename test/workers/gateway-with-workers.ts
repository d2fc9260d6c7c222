/**
 * `earshot gateway --workers N`, as released, with its embedded cloud; and which process serves a connection.
 */
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readEmbedded } from '../../src/gateway/cloud-address.ts';
import { provisionDevices } from '../../src/tools/load/provision.ts';
import { earshot, type RunningCli } from '../support/cli.ts';
import { type CloudClients, cloudClients } from '../support/cloud-clients.ts';
import { eventually } from '../support/eventually.ts';

export interface GatewayWithWorkers extends CloudClients {
  running: RunningCli;
  state: string;
  /** For devices. */
  url: string;
  /** For browsers. */
  web: string;
  port: number;
  /** Of the workers that run now. */
  pids(): number[];
  /** Tokens of so many devices that are paired. */
  pair(devices: number): Promise<string[]>;
  metric(name: string): Promise<number>;
}

/** @param args more arguments of `earshot gateway` */
export async function openWorkers(args: readonly string[] = []): Promise<GatewayWithWorkers> {
  const state = mkdtempSync(join(tmpdir(), 'earshot-workers-'));
  const running = earshot(['gateway', '--workers', '2', '--port', '0', '--json', '--state', state, ...args]);
  let clients: CloudClients | undefined;
  async function close(): Promise<void> {
    await clients?.close();
    running.kill('SIGKILL');
    await running.ended;
    rmSync(state, { recursive: true, force: true });
  }
  try {
    const { url, web } = JSON.parse(await running.line(/^\{/));
    clients = cloudClients(await eventually(() => readEmbedded(state), 'the cloud is there'));
    const { asOperator, asGateway } = clients;
    return {
      ...{ running, state, url, web, port: Number(new URL(url).port), asOperator, asGateway, close },
      pids: () => workersOf(running.pid),
      async pair(devices) {
        const { tokenOf } = await provisionDevices({ devices, state });
        return Array.from({ length: devices }, (_, i) => tokenOf(i) ?? '');
      },
      async metric(name) {
        const text = await (await fetch(`${web}/metrics`, { headers: { connection: 'close' } })).text();
        return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

export async function withWorkers(
  args: readonly string[],
  use: (gateway: GatewayWithWorkers) => Promise<void>,
): Promise<void> {
  const gateway = await openWorkers(args);
  try {
    await use(gateway);
  } finally {
    await gateway.close();
  }
}

/** The children of the primary that run the same program; the embedded cloud is another one. */
function workersOf(primary: number): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    try {
      const [, parent] = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
      return Number(parent) === primary && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('cli.js');
    } catch {
      return false; // It has ended meanwhile.
    }
  });
}

/** The process that has the gateway's end of a connection. @param port of the client's end */
export function servedBy(pids: readonly number[], port: number): number | undefined {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((row) => row.trim().split(/\s+/));
  // Another connection on this machine may have a peer with the same port.
  const inodes = rows.filter(([, , remote = '']) => remote.endsWith(wanted)).map((row) => row[9]);
  return pids.find((pid) =>
    readdirSync(`/proc/${pid}/fd`).some((name) => {
      try {
        const link = readlinkSync(`/proc/${pid}/fd/${name}`);
        return inodes.some((inode) => link === `socket:[${inode}]`);
      } catch {
        return false;
      }
    }),
  );
}

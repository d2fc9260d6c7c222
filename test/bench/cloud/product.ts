/**
 * The gateway with its embedded cloud as they are shipped, over a state folder: `bin/earshot gateway`, and what its cloud's process costs.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openClient } from '../../../actors/cloud/convex-cloud.ts';
import { adminKeyOf } from '../../../src/cloud/admin-key.ts';
import { type CloudAddress, operatorsCloud } from '../../../src/gateway/cloud-address.ts';
import type { Role } from '../../../src/protocol/identity.ts';
import { memoryOf, sum, threadsOf } from '../counters.ts';

const PROGRAM = fileURLToPath(new URL('../../../bin/earshot', import.meta.url));
const POLL_MS = 5;
/** Of the times in /proc/PID/stat. */
const TICKS_A_SECOND = 100;
/** All devices come from one address, and at once; recordings stay. */
const RAISED = [
  'connections',
  'connectionsPerAddress',
  'handshakes',
  'handshakesPerAddress',
  'reconnects',
  'cloudHandshakes',
  'cloudFileBytes',
];

export interface Product {
  gatewayUrl: string;
  cloud: CloudAddress;
  /** From the start of the cloud's process until it answers. */
  startMs: number;
  cloudCpuMs(): number;
  cloudMemoryMb(): number;
  /** Executions of queries by the cloud, so far. */
  executions(): Promise<number>;
  /** The official client, as one of these. */
  client(role: Role): ReturnType<typeof openClient>;
  stop(): Promise<void>;
}

export async function startProduct(state: string): Promise<Product> {
  const limits = RAISED.flatMap((name) => ['--limit', `${name}=off`]);
  const args = [
    'gateway',
    '--state',
    state,
    '--port',
    '0',
    '--responder',
    'echo',
    '--json',
    '--log-level',
    'warn',
    ...limits,
  ];
  const gateway = spawn(PROGRAM, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, CONVEX_URL: '' },
  });
  const gatewayUrl = await addressOf(gateway);
  const cloud = await published(state, gateway);
  const admin = { authorization: `Convex ${adminKeyOf(cloud.gatewayKey)}` };
  await answers(cloud.url);
  const pid = childOf(gateway.pid ?? 0);
  const startMs = ageMs(pid);
  return {
    gatewayUrl,
    cloud,
    startMs,
    cloudCpuMs: () => sum(threadsOf(pid).map(({ cpuMs }) => cpuMs)),
    cloudMemoryMb: () => memoryOf(pid).residentMb,
    async executions() {
      const response = await fetch(`${cloud.url}/api/stats`, { headers: admin });
      return ((await response.json()) as { executions: number }).executions;
    },
    client: (role) => openClient({ ...cloud, claims: { role, subject: 'bench' } }),
    async stop() {
      const ended = once(gateway, 'exit');
      gateway.kill('SIGTERM');
      await ended;
      // Its cloud finishes its last write by itself.
      while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    },
  };
}

async function addressOf(gateway: ChildProcess): Promise<string> {
  if (!gateway.stdout) throw new Error('no output');
  for await (const line of createInterface({ input: gateway.stdout })) return (JSON.parse(line) as { url: string }).url;
  throw new Error('the gateway ended without an address');
}

/** The gateway writes the address of its cloud to the state folder. */
async function published(state: string, gateway: ChildProcess): Promise<CloudAddress> {
  while (gateway.exitCode === null) {
    try {
      return operatorsCloud(state, {});
    } catch {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
  throw new Error(`the gateway ended with ${gateway.exitCode}`);
}

async function answers(url: string): Promise<void> {
  const response = await fetch(`${url}/version`);
  if (!response.ok) throw new Error(`the cloud answers ${response.status}`);
}

function childOf(pid: number): number {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
  );
  const found = children
    .map(Number)
    .find((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('embedded-cloud'));
  if (found === undefined) throw new Error('the gateway has no embedded cloud');
  return found;
}

function ageMs(pid: number): number {
  const [uptimeS] = readFileSync('/proc/uptime', 'utf8').split(' ');
  // The name of the program, in brackets, may have spaces.
  const startTicks = Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[19]);
  return (Number(uptimeS) - startTicks / TICKS_A_SECOND) * 1_000;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

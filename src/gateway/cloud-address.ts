/**
 * Where the cloud is: CONVEX_URL with EARSHOT_GATEWAY_KEY, or, for the operator's commands, the embedded cloud of a gateway
 * that runs on this machine, which leaves its address in the state folder.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { EarshotError } from '../errors.ts';

export interface CloudAddress {
  url: string;
  gatewayKey: string;
}

const published = v.object({ url: v.string(), gatewayKey: v.string(), pid: v.number() });
const pathIn = (state: string) => join(state, 'cloud.json');

/** @throws EarshotError `usage` for half a deployment. */
export function deploymentOf(environment: NodeJS.ProcessEnv): CloudAddress | undefined {
  const url = environment.CONVEX_URL;
  const gatewayKey = environment.EARSHOT_GATEWAY_KEY;
  if (!url) return undefined;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new EarshotError('usage', `CONVEX_URL is no address: ${url}`, 'Write it like http://127.0.0.1:3210');
  }
  if (!gatewayKey) {
    const hint = 'Set it to the key that the deployment has (npx convex env get EARSHOT_GATEWAY_KEY).';
    throw new EarshotError('usage', 'CONVEX_URL is set, but EARSHOT_GATEWAY_KEY is not', hint);
  }
  return { url, gatewayKey };
}

/** The cloud that the operator means. @throws EarshotError `cloud_not_found` */
export function operatorsCloud(state: string, environment: NodeJS.ProcessEnv): CloudAddress {
  const address = deploymentOf(environment) ?? readEmbedded(state);
  if (address) return address;
  const hint = 'Start earshot gateway or earshot start here (with the same --state), or set CONVEX_URL.';
  throw new EarshotError('cloud_not_found', 'There is no cloud to talk to', hint);
}

export function publishEmbedded(state: string, { url, gatewayKey }: CloudAddress): void {
  mkdirSync(state, { recursive: true, mode: 0o700 });
  writeFileSync(pathIn(state), JSON.stringify({ url, gatewayKey, pid: process.pid }), { mode: 0o600 });
}

/** If it is still ours: a gateway that was started later has left its own. */
export function forgetEmbedded(state: string): void {
  if (read(state)?.pid === process.pid) rmSync(pathIn(state), { force: true });
}

function readEmbedded(state: string): CloudAddress | undefined {
  const found = read(state);
  return found && isRunning(found.pid) ? found : undefined;
}

function read(state: string): v.InferOutput<typeof published> | undefined {
  try {
    const result = v.safeParse(published, JSON.parse(readFileSync(pathIn(state), 'utf8')));
    return result.success ? result.output : undefined;
  } catch {
    return undefined; // no gateway has left one, or it is being written
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

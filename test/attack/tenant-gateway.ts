/**
 * The gateway of another tenant at the cloud of the attacked one, as `earshot gateway` starts it: one tenant's devices attack there, and those of the
 * other must not notice.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readEmbedded } from '../../src/gateway/cloud-address.ts';
import { earshot } from '../support/cli.ts';

export interface TenantGateway {
  url: string;
  close(): Promise<void>;
}

/** @param state of the gateway that has the cloud @param args options of `earshot gateway` */
export async function startTenantGateway(
  tenant: string,
  state: string,
  args: readonly string[],
): Promise<TenantGateway> {
  const cloud = readEmbedded(state);
  if (!cloud) throw new Error('the attacked gateway has no cloud');
  const folder = mkdtempSync(join(tmpdir(), 'earshot-attack-tenant-'));
  const env = { CONVEX_URL: cloud.url, EARSHOT_GATEWAY_KEY: cloud.gatewayKey, EARSHOT_TENANT: tenant };
  const running = earshot(
    ['gateway', '--port', '0', '--json', '--state', folder, '--responder', 'echo', '--log-level', 'error', ...args],
    { env: { ...env, EARSHOT_DRAIN_TIMEOUT: '0' } },
  );
  async function close(): Promise<void> {
    running.kill('SIGKILL');
    await running.ended;
    rmSync(folder, { recursive: true, force: true });
  }
  try {
    return { url: JSON.parse(await running.line(/^\{/)).url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

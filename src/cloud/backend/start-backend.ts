/**
 * A Convex backend on this machine, from its secrets to deployed functions.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { EarshotError, systemCode } from '../../core/errors.ts';
import { replacePrivateFile } from '../../core/files/private-files.ts';
import { openPrivateFolder } from '../../core/files/private-folder.ts';
import { keptSecret } from '../../core/files/secret-file.ts';
import type { Log } from '../../core/log/log.ts';
import { makeAdminKey } from './admin-key.ts';
import { type BackendLayout, INSTANCE_NAME, openBackendFolders } from './layout.ts';
import { deployFunctions } from './official-cli.ts';
import { endOrphan } from './orphan.ts';
import { type RunningBackend, runBackend } from './run-backend.ts';

export interface BackendOptions {
  layout: BackendLayout;
  host: string;
  /** Of the API. */
  port: number;
  /** Of HTTP actions. */
  sitePort: number;
  /** Where clients find both, if not at these ports of this machine: behind a proxy. */
  origin?: string;
  siteOrigin?: string;
  deploy: boolean;
  /** Variables of the deployment, by the gateway's key. */
  variables(gatewayKey: string): Record<string, string>;
  /** What is being done now, for people. */
  onStep(what: string): void;
  log: Log;
  signal: AbortSignal;
}

export interface StartedBackend extends RunningBackend {
  url: string;
  siteUrl: string;
  version: string;
}

/** The version that is installed, and in use. */
export function installedVersion({ current }: BackendLayout): string | undefined {
  try {
    return readFileSync(current, 'utf8').trim() || undefined;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** @throws EarshotError `backend_missing`, `backend_failed`, `deploy_failed`, `store_failed`, `store_full` */
export async function startBackend(options: BackendOptions): Promise<StartedBackend> {
  const { layout, host, port, sitePort, log, onStep, signal } = options;
  const version = installedVersion(layout);
  if (version === undefined) {
    throw new EarshotError(
      'backend_missing',
      'No Convex backend is installed here',
      'Install it: earshot cloud install',
    );
  }
  openBackendFolders(layout);
  openPrivateFolder(layout.storage);
  const program = layout.program(version);
  const secret = keptSecret(layout.instanceSecret, 'hex');
  const gatewayKey = keptSecret(layout.gatewayKey, 'base64url');
  const url = `http://${addressFor(host)}:${port}`;
  const siteUrl = `http://${addressFor(host)}:${sitePort}`;
  await endOrphan(layout);
  for (const each of [port, sitePort]) await requireFreePort(host, each);
  onStep(`starting ${version}`);
  const running = await runBackend({
    program,
    args: [
      ...['--instance-name', INSTANCE_NAME, '--instance-secret', secret],
      ...['--interface', host, '--port', String(port), '--site-proxy-port', String(sitePort)],
      ...['--convex-origin', options.origin ?? url, '--convex-site', options.siteOrigin ?? siteUrl],
      ...['--local-storage', layout.storage, '--disable-beacon', layout.database],
    ],
    folder: dirname(layout.database),
    url,
    onPid: (pid) => replacePrivateFile(layout.pid, `${pid}\n`),
    log,
    signal,
  });
  try {
    onStep('making the admin key');
    const adminKey = await makeAdminKey(program, INSTANCE_NAME, secret);
    replacePrivateFile(layout.adminKey, `${adminKey}\n`);
    if (options.deploy) {
      onStep('setting variables and deploying the functions');
      const onLine = (output: string) => log.info('npx convex', { output });
      await deployFunctions({ url, adminKey }, options.variables(gatewayKey), onLine, signal);
    }
  } catch (error) {
    await running.close();
    throw error;
  }
  return { ...running, url, siteUrl, version };
}

/** Otherwise what answers there would be taken for it. @throws EarshotError `port_in_use`, `address_unavailable` */
async function requireFreePort(host: string, port: number): Promise<void> {
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject);
      probe.listen(port, host, resolve);
    });
  } catch (cause) {
    const isUsed = systemCode(cause) === 'EADDRINUSE';
    const message = isUsed
      ? `Port ${port} on ${host} is in use`
      : `Cannot listen on ${host}:${port}: ${systemCode(cause)}`;
    const hint = isUsed
      ? 'Choose others with --port and --site-port, or stop what uses it.'
      : 'Check --host and --port.';
    throw new EarshotError(isUsed ? 'port_in_use' : 'address_unavailable', message, hint, { cause });
  }
  await new Promise((resolve) => probe.close(resolve));
}

/** A server that listens on all addresses is found at the loopback one. */
function addressFor(host: string): string {
  return host === '0.0.0.0' ? '127.0.0.1' : host;
}

/**
 * A gateway in a process of its own, as in a deployment, which can be killed and started again at the same port.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { earshot, type Outcome, type RunningCli } from '../support/cli.ts';
import { freePort } from '../support/free-port.ts';
import { PROXY_ADDRESS } from './haproxy.ts';

export interface GatewayProcess {
  readonly port: number;
  /** Of the process that runs, or 0. */
  readonly pid: number;
  readonly state: string;
  start(): Promise<void>;
  /** Resolves with the line of its log. */
  message(pattern: RegExp): Promise<string>;
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<Outcome | undefined>;
  /** The lines of all processes so far that have ended. */
  log(): readonly string[];
  /** Deletes what is on its disk: the next start is that of a new container. */
  forget(): void;
  close(): Promise<void>;
}

export interface GatewayProcessOptions {
  cloud: { url: string; gatewayKey: string };
  /** More arguments of `earshot gateway`. */
  args?: readonly string[];
}

export async function createGatewayProcess({ cloud, args = [] }: GatewayProcessOptions): Promise<GatewayProcess> {
  const port = await freePort();
  const state = mkdtempSync(join(tmpdir(), 'earshot-fleet-gateway-'));
  let running: RunningCli | undefined;
  const log: string[] = [];

  async function start(): Promise<void> {
    const own = ['gateway', '--port', String(port), '--state', state, '--json', '--log-level', 'warn'];
    const behindProxy = ['--trust-proxy', PROXY_ADDRESS, '--proxy-header', 'proxy-protocol'];
    running = earshot([...own, ...behindProxy, ...args], {
      env: {
        CONVEX_URL: cloud.url,
        EARSHOT_GATEWAY_KEY: cloud.gatewayKey,
        EARSHOT_LOG_FORMAT: 'json',
        EARSHOT_DRAIN_TIMEOUT: '30',
      },
    });
    await running.line(/^\{/);
  }

  async function kill(signal: NodeJS.Signals): Promise<Outcome | undefined> {
    running?.kill(signal);
    const outcome = await running?.ended;
    running = undefined;
    log.push(...(outcome?.stderr.split('\n') ?? []));
    return outcome;
  }

  return {
    port,
    state,
    get pid() {
      return running?.pid ?? 0;
    },
    start,
    message: (pattern) => running?.message(pattern) ?? Promise.reject(new Error('the gateway does not run')),
    kill,
    log: () => log,
    forget: () => rmSync(state, { recursive: true, force: true }),
    async close() {
      await kill('SIGKILL');
      rmSync(state, { recursive: true, force: true });
    },
  };
}

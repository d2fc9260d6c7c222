/**
 * HAProxy with the configuration that is deployed, in front of gateways of a test.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { exitOf } from '../support/in-time.ts';

const CONFIGURATION = fileURLToPath(new URL('../../deploy/haproxy/haproxy.cfg', import.meta.url));

/** From which HAProxy connects to the gateways. Another one of this machine, so that tests can ask a gateway directly. */
export const PROXY_ADDRESS = '127.0.0.2';

/** For `test`: skipped where HAProxy is not installed, except in CI. */
export const needsHaproxy =
  process.env.EARSHOT_REQUIRE_HAPROXY || spawnSync('haproxy', ['-v']).status === 0
    ? {}
    : { skip: 'haproxy is not installed' };

export interface Haproxy {
  /** For devices and pages, e.g. `ws://127.0.0.1:4433`. */
  url: string;
  /** The state of each gateway as HAProxy sees it, e.g. `{'gateway-1': 'UP'}`. */
  states(): Promise<Record<string, string>>;
  close(): Promise<void>;
}

export interface HaproxyOptions {
  /** Ports of three gateways on this machine. */
  ports: readonly number[];
  /** Beside the addresses: other variables of the configuration. */
  settings?: Record<string, string>;
}

const running = new Set<ChildProcess>();
if (process.env.NODE_TEST_CONTEXT) {
  after(() => {
    for (const child of running) child.kill('SIGKILL');
  });
}

const ATTEMPTS = 3;

export async function startHaproxy(options: HaproxyOptions): Promise<Haproxy> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(options);
    } catch (error) {
      // Somebody else has taken a port that was free.
      if (attempt === ATTEMPTS || !/Address already in use/.test(String(error))) throw error;
    }
  }
}

async function start({ ports, settings = {} }: HaproxyOptions): Promise<Haproxy> {
  const [port, statusPort] = [await freePort(), await freePort()];
  const gateways = ports.map((each, i) => [`EARSHOT_GATEWAY_${i + 1}`, `127.0.0.1:${each}`]);
  const child = spawn('haproxy', ['-db', '-f', CONFIGURATION], {
    env: {
      ...process.env,
      EARSHOT_BIND: `127.0.0.1:${port}`,
      EARSHOT_STATUS_BIND: `127.0.0.1:${statusPort}`,
      EARSHOT_PROXY_ADDRESS: PROXY_ADDRESS,
      ...Object.fromEntries(gateways),
      ...settings,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  running.add(child);
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });
  child.once('close', () => running.delete(child));

  async function states(): Promise<Record<string, string>> {
    if (child.exitCode !== null) throw new Error(`haproxy ended: ${complaints}`);
    const answer = await fetch(`http://127.0.0.1:${statusPort}/;csv`);
    const [head = '', ...rows] = (await answer.text()).trim().split('\n');
    const columns = head.replace(/^# /, '').split(',');
    const [proxy, server, status] = ['pxname', 'svname', 'status'].map((name) => columns.indexOf(name));
    const cells = rows.map((row) => row.split(','));
    const servers = cells.filter((row) => row[proxy ?? 0] === 'gateways' && row[server ?? 0] !== 'BACKEND');
    return Object.fromEntries(servers.map((row) => [row[server ?? 0], row[status ?? 0] ?? '']));
  }

  await eventually(async () => await states().catch(() => child.exitCode !== null), 'HAProxy listens');
  await states();
  return {
    url: `ws://127.0.0.1:${port}`,
    states,
    async close() {
      child.kill('SIGKILL');
      await exitOf(child);
    },
  };
}

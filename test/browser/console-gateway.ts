/**
 * A gateway with its embedded cloud, as a program of its own, and somebody signed in to its console. With CONVEX_URL and EARSHOT_GATEWAY_KEY the
 * gateway uses that deployment instead, as the tenant of EARSHOT_TENANT, which has nothing yet (npm run test:deployment).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { type CloudAddress, operatorsCloud } from '../../src/gateway/cloud-address.ts';
import { earshot, type RunningCli } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import type { Browser, WatchedPage } from './browser.ts';

export interface ConsoleGateway {
  /** For devices. */
  url: string;
  /** For browsers. */
  origin: string;
  state: string;
  cloud: CloudAddress;
  /** A link for one sign-in, of `earshot console`. */
  link(role?: 'operator' | 'viewer'): Promise<string>;
  /** Runs a command against this gateway, and resolves with what it printed. */
  command(...args: string[]): Promise<string>;
  /** After stop(): on the same port and state. */
  restart(): Promise<void>;
  stop(): Promise<void>;
  end(): Promise<void>;
}

export async function openConsoleGateway(args: string[] = [], env: NodeJS.ProcessEnv = {}): Promise<ConsoleGateway> {
  const state = mkdtempSync(join(tmpdir(), 'earshot-console-'));
  let line: RunningCli;
  let port = '0';
  async function start(): Promise<string> {
    line = earshot(['gateway', '--port', port, '--state', state, '--json', ...args], { env });
    const { url, web } = JSON.parse(await line.line(/"url"/)) as { url: string; web: string };
    port = new URL(url).port;
    // A page that is opened before the cloud runs says so, and tries again.
    await eventually(async () => {
      const answer = await fetch(`${web}/readyz`);
      return ((await answer.json()) as { cloud: boolean }).cloud;
    }, 'the gateway has its cloud');
    return url;
  }
  async function stop(): Promise<void> {
    line.kill('SIGTERM');
    await line.ended;
  }
  async function command(...given: string[]): Promise<string> {
    const { code, stdout, stderr } = await earshot([...given, '--state', state]).ended;
    if (code !== 0) throw new Error(`earshot ${given.join(' ')}: ${stderr}`);
    return stdout;
  }
  const url = await start().catch(async (error: unknown) => {
    await stop();
    rmSync(state, { recursive: true, force: true });
    throw error;
  });
  return {
    ...{ url, state, command, stop, cloud: operatorsCloud(state, process.env) },
    origin: `http://127.0.0.1:${port}`,
    async link(role = 'operator') {
      const [link = ''] = (await command('console', ...(role === 'viewer' ? ['--viewer'] : []))).split('\n');
      return link;
    },
    async restart() {
      await start();
    },
    async end() {
      await stop();
      rmSync(state, { recursive: true, force: true });
    },
  };
}

/** A page of the console, signed in, at this place of it. */
export async function signIn(
  { open }: Browser,
  gateway: ConsoleGateway,
  {
    role = 'operator',
    place = '',
    viewport,
  }: { role?: 'operator' | 'viewer'; place?: string; viewport?: { width: number; height: number } } = {},
): Promise<WatchedPage> {
  const watched = await open(await gateway.link(role), viewport);
  await watched.page.waitForSelector('.app-bar');
  if (place !== '') await goToPlace(watched.page, place);
  return watched;
}

/** As a link does it: the page is not loaded again. Resolves when the page has drawn that place, or what it shows until its data is there. */
export async function goToPlace(page: Page, place: string): Promise<void> {
  await page.evaluate(
    (hash) =>
      new Promise<void>((resolve) => {
        const before = location.href;
        location.hash = hash;
        if (location.href === before) resolve();
        // After the page's own listeners, which draw in the same task.
        else addEventListener('hashchange', () => setTimeout(resolve, 0), { once: true });
      }),
    place,
  );
}

/**
 * Debian's Chromium, driven by playwright-core: headless, with its own profile, and with checks for everything that a
 * page must not do.
 */
import { accessSync, constants, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'node:test';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { inTime } from '../support/in-time.ts';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Of each wait for a condition: only one that never comes takes this long. */
const PATIENCE_MS = 90_000;

export function findChromium(): string | undefined {
  const inPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'chromium'));
  return ['/usr/bin/chromium', ...inPath].find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Why browser tests are skipped; false when they are not. */
export function browserMissing(): string | false {
  if (findChromium() !== undefined || process.env.EARSHOT_REQUIRE_BROWSER === '1') return false;
  return 'there is no chromium here (apt-get install chromium)';
}

export interface WatchedPage {
  page: Page;
  /** Requests to anything but the inspector. */
  foreign: string[];
  /** Errors in the console. */
  complaints: string[];
}

export interface Browser {
  open(url: string, viewport?: { width: number; height: number }): Promise<WatchedPage>;
  context: BrowserContext;
}

export interface BrowserOptions {
  /** Of the browser's process, for instance with a sound server (sound.ts). Default: that of this process. */
  env?: NodeJS.ProcessEnv;
  /** Additional flags. */
  flags?: readonly string[];
}

/** One step of a scenario. */
export type Step = (name: string, work: () => void | Promise<void>) => Promise<void>;

/** The first step that fails ends the scenario: each of the next ones would wait for a page that the one before left in another state. */
export function stepsOf(context: TestContext): Step {
  return async (name, work) => {
    let isDone = false;
    await context.test(name, async () => {
      await work();
      isDone = true;
    });
    if (!isDone) throw new Error(`“${name}” failed: the steps after it were not run`);
  };
}

export async function withBrowser<T>(
  work: (browser: Browser) => Promise<T>,
  { env, flags = [] }: BrowserOptions = {},
): Promise<T> {
  const executablePath = findChromium();
  if (executablePath === undefined || !existsSync(executablePath)) throw new Error('there is no chromium here');
  const profile = mkdtempSync(join(tmpdir(), 'earshot-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    args: [...FLAGS, ...flags],
    ignoreDefaultArgs: ['--enable-automation', '--mute-audio'],
    ...(env && { env: env as Record<string, string> }),
    viewport: null,
    // Movement costs most of the browser's time, and no test is about it.
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(PATIENCE_MS);
  // tsx marks functions with it, also those that run in the page.
  await context.addInitScript('globalThis.__name = (value) => value');
  try {
    return await work({ context, open: (url, viewport) => watch(context, url, viewport) });
  } finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  }
}

async function watch(
  context: BrowserContext,
  url: string,
  viewport = { width: 1_280, height: 800 },
): Promise<WatchedPage> {
  const page = await context.newPage();
  // Playwright limits each wait but this one.
  const evaluate = page.evaluate.bind(page) as (...args: unknown[]) => Promise<never>;
  page.evaluate = (...args: unknown[]) => inTime(evaluate(...args), `the page's answer to ${args[0]}`);
  const { host } = new URL(url);
  const watched: WatchedPage = { page, foreign: [], complaints: [] };
  const note = (address: string) => {
    const { protocol, host: asked } = new URL(address);
    if (protocol !== 'data:' && protocol !== 'blob:' && asked !== host) watched.foreign.push(address);
  };
  page.on('request', (request) => note(request.url()));
  page.on('websocket', (socket) => note(socket.url()));
  page.on('pageerror', (error) => watched.complaints.push(String(error)));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) watched.complaints.push(message.text());
  });
  await page.setViewportSize(viewport);
  await page.goto(url);
  return watched;
}

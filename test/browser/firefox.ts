/**
 * Debian's Firefox, driven by WebDriver BiDi: headless, with its own profile, and with checks for everything that a page must not do.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { exitOf, inTime } from '../support/in-time.ts';
import { type BidiConnection, connectBidi } from './webdriver-bidi.ts';

const EXECUTABLE = '/usr/bin/firefox-esr';
/** Only what never comes takes this long. */
const PATIENCE_MS = 2 * 60_000;
const POLL_MS = 50;

/** It asks nobody for permission, plays sound at once, and asks no host of its vendor for anything. */
const PREFERENCES: FirefoxOptions['preferences'] = {
  'app.normandy.enabled': false,
  'app.update.disabledForTesting': true,
  'browser.aboutwelcome.enabled': false,
  'browser.safebrowsing.blockedURIs.enabled': false,
  'browser.safebrowsing.downloads.enabled': false,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.page': 0,
  'browser.topsites.contile.enabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'extensions.getAddons.cache.enabled': false,
  'extensions.update.enabled': false,
  'media.autoplay.default': 0,
  'media.autoplay.blocking_policy': 0,
  'media.gmp-manager.updateEnabled': false,
  'media.navigator.permission.disabled': true,
  'media.navigator.streams.fake': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,',
  'toolkit.telemetry.enabled': false,
};

/** Why tests in Firefox are skipped; false when they are not. They are asked for (`npm run test:firefox`): CI has no Firefox. */
export function firefoxMissing(): string | false {
  if (process.env.EARSHOT_FIREFOX !== '1') return 'npm run test:firefox runs it';
  return existsSync(EXECUTABLE) ? false : 'there is no firefox-esr here (apt-get install firefox-esr)';
}

export interface FirefoxPage {
  /** Requests to another host than the page's. */
  foreign: string[];
  /** Errors and warnings in the console, and errors that nobody caught. */
  complaints: string[];
  /** Runs a function in the page: its arguments and its result are JSON. */
  evaluate<Result, Given extends unknown[]>(
    run: (...given: Given) => Result | Promise<Result>,
    ...given: Given
  ): Promise<Result>;
  /** Resolves when the function gives something true in the page. */
  waitFor<Given extends unknown[]>(isSo: (...given: Given) => unknown, ...given: Given): Promise<void>;
  /** With the pointer, as a person: this is a gesture for the browser. */
  click(selector: string): Promise<void>;
  pointer(action: 'down' | 'up', selector: string): Promise<void>;
  key(action: 'down' | 'up', key: string): Promise<void>;
  resize(width: number, height: number): Promise<void>;
  /** PNG. */
  screenshot(): Promise<Buffer>;
}

export interface Firefox {
  open(url: string): Promise<FirefoxPage>;
}

export interface FirefoxOptions {
  /** Of its process, for instance with a sound server (sound.ts). Default: that of this process. */
  env?: NodeJS.ProcessEnv;
  /** As in about:config, in addition to those of every test. */
  preferences?: Record<string, boolean | number | string>;
}

export async function withFirefox<T>(
  work: (firefox: Firefox) => Promise<T>,
  { env = process.env, preferences = {} }: FirefoxOptions = {},
): Promise<T> {
  const profile = mkdtempSync(join(tmpdir(), 'earshot-firefox-'));
  const lines = Object.entries({ ...PREFERENCES, ...preferences }).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`,
  );
  writeFileSync(join(profile, 'user.js'), lines.join('\n'));
  const args = [
    '--headless',
    '--no-remote',
    '--new-instance',
    '--profile',
    profile,
    '--remote-debugging-port=0',
    'about:blank',
  ];
  const browser = spawn(EXECUTABLE, args, { env: { ...env, HOME: profile }, stdio: ['ignore', 'ignore', 'pipe'] });
  let bidi: BidiConnection | undefined;
  try {
    const address = await inTime(addressOf(browser), 'the address of Firefox');
    // Nobody reads the rest, and a full pipe would stop the browser. Whoever reads lines pauses the stream at the end.
    browser.stderr.resume();
    bidi = await connectBidi(`${address}/session`);
    const { close } = bidi;
    browser.once('exit', () => close('the browser has ended'));
    await bidi.command('session.new', { capabilities: { alwaysMatch: { acceptInsecureCerts: true } } });
    await bidi.command('session.subscribe', { events: ['log.entryAdded', 'network.beforeRequestSent'] });
    return await work({ open: (url) => openPage(bidi as BidiConnection, url) });
  } finally {
    bidi?.close('the test has ended');
    browser.kill('SIGKILL');
    await exitOf(browser);
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Firefox writes the address of its WebDriver to standard error. */
async function addressOf({ stderr }: ChildProcess): Promise<string> {
  if (!stderr) throw new Error('Firefox has no standard error');
  const lines: string[] = [];
  for await (const line of createInterface({ input: stderr })) {
    const address = /WebDriver BiDi listening on (ws:\S+)/.exec(line)?.[1];
    if (address !== undefined) return address;
    lines.push(line);
  }
  throw new Error(`Firefox did not start: ${lines.join('\n')}`);
}

async function openPage(bidi: BidiConnection, url: string): Promise<FirefoxPage> {
  const { context } = await bidi.command<{ context: string }>('browsingContext.create', { type: 'tab' });
  const { host } = new URL(url);
  const [foreign, complaints]: [string[], string[]] = [[], []];
  bidi.on<{ level: string; text: string; source: { context?: string } }>(
    'log.entryAdded',
    ({ level, text, source }) => {
      if (source.context === context && ['error', 'warn'].includes(level)) complaints.push(text);
    },
  );
  bidi.on<{ context: string | null; request: { url: string } }>('network.beforeRequestSent', (event) => {
    if (event.context !== context) return;
    const asked = new URL(event.request.url);
    if (!['data:', 'blob:'].includes(asked.protocol) && asked.host !== host) foreign.push(event.request.url);
  });

  const evaluate: FirefoxPage['evaluate'] = async (run, ...given) => {
    const answer = await bidi.command<Evaluated>('script.callFunction', {
      // tsx marks functions with __name, also those that run in the page. The page holds the promise: Firefox may collect one for which only
      // its driver waits, and then never answers.
      functionDeclaration: `(given) => {
        const __name = (value) => value;
        const answer = (async () => JSON.stringify((await (${run})(...JSON.parse(given))) ?? null))();
        const held = (globalThis.heldForDriver ??= new Set());
        held.add(answer);
        answer.then(() => held.delete(answer), () => held.delete(answer));
        return answer;
      }`,
      arguments: [{ type: 'string', value: JSON.stringify(given) }],
      target: { context },
      awaitPromise: true,
    });
    if (answer.type === 'exception') throw new Error(`in the page: ${answer.exceptionDetails.text}`);
    return JSON.parse(answer.result.value);
  };

  async function actions(source: Record<string, unknown>): Promise<void> {
    await bidi.command('input.performActions', { context, actions: [source] });
  }

  async function pointer(list: readonly Record<string, unknown>[], selector: string): Promise<void> {
    await evaluate((wanted) => document.querySelector(wanted)?.scrollIntoView({ block: 'center' }), selector);
    const locator = { type: 'css', value: selector };
    const { nodes } = await bidi.command<{ nodes: { sharedId: string }[] }>('browsingContext.locateNodes', {
      context,
      locator,
    });
    const [node] = nodes;
    if (!node) throw new Error(`the page has no ${selector}`);
    const origin = { type: 'element', element: { sharedId: node.sharedId } };
    const move = { type: 'pointerMove', x: 0, y: 0, origin };
    await actions({ type: 'pointer', id: 'mouse', parameters: { pointerType: 'mouse' }, actions: [move, ...list] });
  }

  const [down, up] = [
    { type: 'pointerDown', button: 0 },
    { type: 'pointerUp', button: 0 },
  ];
  const page: FirefoxPage = {
    ...{ foreign, complaints, evaluate },
    async waitFor(isSo, ...given) {
      const deadlineMs = Date.now() + PATIENCE_MS;
      while (!(await evaluate(isSo as (...given: unknown[]) => unknown, ...given))) {
        if (Date.now() > deadlineMs) throw new Error(`this did not become so in ${PATIENCE_MS} ms: ${isSo}`);
        await delay(POLL_MS);
      }
    },
    click: (selector) => pointer([down, up], selector),
    pointer: (action, selector) => pointer([action === 'down' ? down : up], selector),
    key: (action, value) =>
      actions({ type: 'key', id: 'keyboard', actions: [{ type: action === 'down' ? 'keyDown' : 'keyUp', value }] }),
    async resize(width, height) {
      await bidi.command('browsingContext.setViewport', { context, viewport: { width, height } });
    },
    async screenshot() {
      const { data } = await bidi.command<{ data: string }>('browsingContext.captureScreenshot', { context });
      return Buffer.from(data, 'base64');
    },
  };
  await bidi.command('browsingContext.navigate', { context, url, wait: 'complete' });
  return page;
}

type Evaluated =
  | { type: 'success'; result: { value: string } }
  | { type: 'exception'; exceptionDetails: { text: string } };

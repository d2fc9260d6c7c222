/** A browser with the page, in a turn whose reply is its echo, between microphone and speaker of a sound server. */
import { withBrowser } from '../../browser/browser.ts';
import { withFirefox } from '../../browser/firefox.ts';
import type { BrowserSound } from '../../browser/sound.ts';
import { type CpuByProcess, cpuByProcess } from './cpu-by-process.ts';

export const BROWSERS = ['chromium', 'firefox'] as const;
export type BrowserName = (typeof BROWSERS)[number];

/** The client library alone (page.ts), or the talk page as people have it. */
export type Measured = 'library' | 'talk page';

const SETTLE_MS = 2_000;

interface PageOptions {
  browser: BrowserName;
  measured: Measured;
  url: string;
  removesEcho: boolean;
  sound: BrowserSound;
}

export async function withPage<T>(
  { browser, measured, url, removesEcho, sound }: PageOptions,
  measure: () => Promise<T>,
): Promise<T> {
  const settled = async () => {
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    return await measure();
  };
  const { env } = sound;
  const begin = measured === 'library' ? beginWithLibrary : beginOnTalkPage;
  if (browser === 'firefox') {
    return await withFirefox(
      async ({ open }) => {
        const { evaluate } = await open(url);
        await evaluate(begin, removesEcho);
        return await settled();
      },
      { env },
    );
  }
  return await withBrowser(
    async ({ open, context }) => {
      await context.grantPermissions(['microphone']);
      const { page } = await open(url);
      // What moves is part of the cost.
      await page.emulateMedia({ reducedMotion: 'no-preference' });
      await page.evaluate(begin, removesEcho);
      return await settled();
    },
    { env, flags: ['--autoplay-policy=no-user-gesture-required'] },
  );
}

const beginWithLibrary = (removesEcho: boolean) => window.begin(removesEcho);

/** Its own setting removes the echo. */
const beginOnTalkPage = async () => {
  const dock = () => document.querySelector('.dock')?.getAttribute('data-conversation');
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 50));
  };
  const button = () => document.querySelector<HTMLButtonElement>('#talk');
  await until(() => button()?.disabled === false);
  button()?.click();
  await until(() => dock() === 'streaming');
};

/** Share of a core, in percent: what runs the page and its sound, and all processes of the browser. */
export interface PageCpu {
  pagePercent: number;
  browserPercent: number;
  /** Of what runs the page and its sound, by `process/thread`. */
  threads: Readonly<Record<string, number>>;
}

/** The processes of a browser that have to do with a page's audio. */
const OF_THE_PAGE: Record<BrowserName, RegExp> = {
  chromium: /^(?:renderer|audio)\//,
  firefox: /^(?:tab|audio)\//,
};

/** Returns a function that gives the share since now. */
export function watchCpu(browser: BrowserName): () => PageCpu {
  const startedAtMs = performance.now();
  const before = cpuByProcess(kindOf);
  return () => {
    const spent = since(before, cpuByProcess(kindOf), performance.now() - startedAtMs);
    const ofPage = [...spent].filter(([kind]) => OF_THE_PAGE[browser].test(kind));
    const ofBrowser = [...spent].filter(([kind]) => !kind.startsWith('other/'));
    return { pagePercent: sumOf(ofPage), browserPercent: sumOf(ofBrowser), threads: Object.fromEntries(ofPage) };
  };
}

/** In percent. */
function since(before: CpuByProcess, after: CpuByProcess, ms: number): CpuByProcess {
  return new Map([...after].map(([kind, spentMs]) => [kind, ((spentMs - (before.get(kind) ?? 0)) / ms) * 100]));
}

function sumOf(percents: readonly [string, number][]): number {
  return percents.reduce((sum, [, percent]) => sum + percent, 0);
}

/** Threads of Firefox's main process that play and record: it has no process for sound. */
const FIREFOX_SOUND = /^(?:AudioIP|threaded-ml|Cubeb)/;

/** `process/thread`; a thread's number is left out. */
function kindOf(command: string, thread: string): string {
  return `${processOf(command, thread)}/${thread.replace(/[\d/]+$/, '')}`;
}

/** Firefox gives the kind of its processes as the last argument. */
function processOf(command: string, thread: string): string {
  if (command.includes('AudioService')) return 'audio';
  const chromium = /--type=([a-z-]+)/.exec(command)?.[1];
  if (chromium) return chromium;
  const firefox = /-contentproc .* (\w+) *$/.exec(command)?.[1];
  if (firefox) return firefox;
  if (/firefox/.test(command) && FIREFOX_SOUND.test(thread)) return 'audio';
  return /chromium|firefox/.test(command) ? 'main' : 'other';
}

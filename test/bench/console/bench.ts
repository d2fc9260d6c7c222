/**
 * `npm run bench:console`: the list of conversations in Chromium, at a real gateway with its embedded cloud, while many devices talk. Its exit
 * code is 1 when a goal is missed.
 *
 *     npm run bench:console -- [--stored 10000] [--devices 50] [--turns 1000] [--every-ms 12000] [--json]
 *
 * - Update to screen: from before a record is sent to the cloud until the first frame of the screen that shows it, or a later one of its turn.
 * - Memory of the page, after garbage collection, as turns come.
 * - The list, read by scrolling, has each of the newest turns exactly once.
 *
 * In the last third of the turns the person has scrolled down: what is read must not move.
 */
import type { Page } from 'playwright-core';
import { createProgress } from '../../../src/cli/terminal/progress.ts';
import { withBrowser } from '../../browser/browser.ts';
import { openConsoleGateway, signIn } from '../../browser/console-gateway.ts';
import { readList, scrollList, turnAtEdge } from '../../browser/turn-list.ts';
import { seedCloud, seededDevice } from '../../seed/seed.ts';
import { commandOptions, count, flag } from '../../support/command-options.ts';
import { type Result, table } from '../result.ts';
import { costsOf, observe, type PageCosts } from './observer.ts';
import { LAST_VERSION, talk, type Update } from './writers.ts';

const { stored, devices, turns, everyMs, json } = commandOptions(
  'npm run bench:console',
  'The list of conversations in Chromium while many devices talk.',
  {
    stored: count('turns that are there before', 10_000),
    devices: count('devices that talk', 50),
    turns: count('turns that are added', 1_000),
    everyMs: count('from one turn of a device to its next', 12_000),
    json: flag('prints JSON'),
  },
);

/** High enough for the newest turn of each device: what is below the edge of the screen is not on it. */
const VIEWPORT = { width: 1_280, height: 400 + devices * 96 };
const SCROLLED_PX = 6_000;
/** The newest, which are read by scrolling when the devices are silent. */
const READ_TURNS = turns + 1_000;
const SAMPLES = 20;
const SHARE_AT_TOP = 2 / 3;

interface Measured {
  updates: Update[];
  shownAtMs: Record<string, number>;
  costs: (PageCosts & { turns: number })[];
  /** Rows that were twice in the document at the same time. */
  doubledWhileTalking: number;
  /** The row at the top edge, before and after turns came above it. */
  anchor: { before: string; after: string };
  listed: string[];
  expected: Set<string>;
  complaints: string[];
}

async function measure(): Promise<Measured> {
  const progress = createProgress();
  const gateway = await openConsoleGateway();
  try {
    const { cloud } = gateway;
    const seeded = await seedCloud({
      ...{ ...cloud, turns: stored, devices, recordings: 5, reports: 1, days: 30, seed: 1 },
      onProgress: (doing, share) => progress.update(doing, share),
    });
    return await withBrowser(async (browser) => {
      const { page, complaints } = await signIn(browser, gateway, { place: '#/conversations', viewport: VIEWPORT });
      await page.waitForSelector('.turn-row');
      const shown = await observe(page);
      const costs: Measured['costs'] = [{ turns: 0, ...(await costsOf(page)) }];
      const anchor = { before: '', after: '' };
      let doubledWhileTalking = 0;
      const { ids, updates } = await talk({
        ...{ cloud, turns, everyMs },
        devices: Array.from({ length: devices }, (_, i) => seededDevice(i)),
        async onTurn(done) {
          progress.update('turns of devices', done / turns);
          if (done % Math.ceil(turns / SAMPLES) === 0) {
            costs.push({ turns: done, ...(await costsOf(page)) });
            doubledWhileTalking += await doubledRows(page);
          }
          if (done === Math.floor(turns * SHARE_AT_TOP)) {
            anchor.before = await scrollList(page, SCROLLED_PX);
          }
        },
      });
      anchor.after = await turnAtEdge(page);
      const { shownAtMs } = await shown();
      const listed = await readList(page, READ_TURNS);
      const oldestFirst = [...seeded.map(({ record }) => record.turn), ...ids];
      const expected = new Set(oldestFirst.slice(-READ_TURNS));
      progress.end();
      return { updates, shownAtMs, costs, doubledWhileTalking, anchor, listed, expected, complaints };
    });
  } finally {
    progress.end();
    await gateway.end();
  }
}

function doubledRows(page: Page): Promise<number> {
  return page.evaluate(() => {
    const turns = [...document.querySelectorAll<HTMLElement>('li[data-turn]')].map((row) => row.dataset.turn);
    return turns.length - new Set(turns).size;
  });
}

/** While the person was at the top. A version that was replaced before it was drawn is on the screen with the next one. */
function delaysOf({ updates, shownAtMs }: Measured): number[] {
  const atTop = updates.filter(({ number }) => number < turns * SHARE_AT_TOP - devices);
  return atTop.map(({ number, version, sentAtMs }) => {
    const shown = Array.from({ length: LAST_VERSION + 1 - version }, (_, i) => shownAtMs[`${number}.${version + i}`]);
    return Math.min(...shown.map((at) => at ?? Number.POSITIVE_INFINITY)) - sentAtMs;
  });
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

function resultsOf(measured: Measured): Result[] {
  const { updates, costs, listed, expected, anchor, doubledWhileTalking, complaints } = measured;
  const delays = delaysOf(measured).sort((a, b) => a - b);
  const stores = updates.map(({ sentAtMs, storedAtMs }) => storedAtMs - sentAtMs).sort((a, b) => a - b);
  const [early, late] = [costs.slice(1, costs.length / 2), costs.slice(costs.length / 2)];
  const highest = (of: typeof costs) => Math.max(...of.map(({ heapMb }) => heapMb));
  const unique = new Set(listed);
  const spec = { specification: '' };
  return [
    {
      ...{ name: 'update to screen, p95', unit: 'ms', specification: '300', goal: 300 },
      measured: percentile(delays, 0.95),
      floor: { value: percentile(stores, 0.95), of: 'record stored, p95' },
      detail: `p50 ${percentile(delays, 0.5).toFixed(0)}, p99 ${percentile(delays, 0.99).toFixed(0)}, of ${delays.length} updates`,
    },
    {
      ...spec,
      name: 'updates that were never shown',
      unit: '',
      goal: 0,
      measured: delays.filter((ms) => ms === Infinity).length,
    },
    {
      ...spec,
      name: 'turns lost from the list',
      unit: '',
      goal: 0,
      measured: [...expected].filter((id) => !unique.has(id)).length,
    },
    {
      ...spec,
      name: 'turns twice in the list',
      unit: '',
      goal: 0,
      measured: listed.length - unique.size + doubledWhileTalking,
    },
    { ...spec, name: 'turns in the list', unit: '', measured: listed.length },
    { ...spec, name: 'row at the edge moved', unit: '', goal: 0, measured: anchor.before === anchor.after ? 0 : 1 },
    {
      ...{ ...spec, name: 'heap of the page, highest', unit: 'MB', goal: highest(early) * 1.1 },
      measured: highest(late),
      detail: costs.map(({ heapMb }) => heapMb.toFixed(1)).join(' '),
    },
    { ...spec, name: 'DOM nodes, most', unit: '', goal: 5_000, measured: Math.max(...costs.map(({ nodes }) => nodes)) },
    { ...spec, name: 'errors in the console', unit: '', goal: 0, measured: complaints.length },
  ];
}

const results = resultsOf(await measure());
if (json) process.stdout.write(`${JSON.stringify({ stored, devices, turns, everyMs, results }, null, 2)}\n`);
else
  process.stdout.write(
    `${[...table(results), ...results.flatMap(({ name, detail }) => (detail ? [`${name}: ${detail}`] : []))].join('\n')}\n`,
  );
if (results.some(({ measured, goal }) => goal !== undefined && !(measured <= goal))) process.exitCode = 1;

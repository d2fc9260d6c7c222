/**
 * `npm run bench:console`: the list of conversations in Chromium, at a real gateway with its embedded cloud, while many devices talk. Its exit
 * code is 1 when a goal is missed.
 *
 *     npm run bench:console -- [--stored 10000] [--devices 50] [--turns 1000] [--every-ms 12000] [--constructors] [--json]
 *
 * - Update to screen: from before a record is sent to the cloud until the first frame of the screen that shows it, or a later one of its turn.
 * - Memory that the page keeps, as turns come: apart from what its list has, it must not grow, and the list must stay short. `--constructors`
 *   tells of what the heap consists that is larger at the end.
 * - The list, read by scrolling, has each of the newest turns exactly once.
 *
 * In the last third of the turns the person has scrolled down: what is read must not move.
 */
import type { Page } from 'playwright-core';
import { createProgress } from '../../../src/cli/terminal/progress.ts';
import { withBrowser } from '../../browser/browser.ts';
import { openConsoleGateway, signIn } from '../../browser/console-gateway.ts';
import { readList, scrollList, scrollToNewest, turnAtEdge } from '../../browser/turn-list.ts';
import { seedCloud, seededDevice } from '../../seed/seed.ts';
import { commandOptions, count, flag } from '../../support/command-options.ts';
import { type Result, table } from '../result.ts';
import { growthOf, type HeapParts, heapParts } from './heap-by-constructor.ts';
import { memoryGrowth } from './memory-growth.ts';
import { costsOf, observe, type PageCosts, type ShownAtMs } from './observer.ts';
import { LAST_VERSION, talk, type Update } from './writers.ts';

const { stored, devices, turns, everyMs, constructors, json } = commandOptions(
  'npm run bench:console',
  'The list of conversations in Chromium while many devices talk.',
  {
    stored: count('turns that are there before', 10_000),
    devices: count('devices that talk', 50),
    turns: count('turns that are added', 1_000),
    everyMs: count('from one turn of a device to its next', 12_000),
    constructors: flag('prints what has grown in the heap, by constructor'),
    json: flag('prints JSON'),
  },
);

/** High enough for the newest turn of each device: what is below the edge of the screen is not on it. */
const VIEWPORT = { width: 1_280, height: 400 + devices * 96 };
const SCROLLED_PX = 6_000;
/** The newest, which are read by scrolling when the devices are silent. */
const READ_TURNS = turns + 1_000;
const SAMPLES = 25;
const SHARE_AT_TOP = 2 / 3;
/** The first of these samples are of code that is not compiled yet, and caches that fill. */
const SETTLED_AFTER = 1 / 5;
/** Of 1,000 turns, apart from the list. */
const MOST_GROWTH_MB = 0.5;
/** By turn-pages.tsx: four first pages of what fits the screen, one more that is scrolled to, and 100 that come; and what comes meanwhile. */
const MOST_ROWS = 4 * (Math.ceil(VIEWPORT.height / 96) + 15) + 50 + 100 + devices;
/** Of what is larger at the end. */
const LISTED_PARTS = 12;

interface Measured {
  updates: Update[];
  shownAtMs: ShownAtMs;
  costs: (PageCosts & { turns: number })[];
  /** Rows that were twice in the document at the same time. */
  doubledWhileTalking: number;
  /** The row at the top edge, before and after turns came above it. */
  anchor: { before: string; after: string };
  listed: string[];
  expected: Set<string>;
  complaints: string[];
  /** With `--constructors`: what has grown. */
  grown: string[];
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
      const takeShown = await observe(page);
      const shownAtMs: ShownAtMs = {};
      const lookAtScreen = async () => {
        for (const [mark, atMs] of Object.entries(await takeShown())) shownAtMs[mark] ??= atMs;
      };
      let before: HeapParts | undefined;
      const costs: Measured['costs'] = [{ turns: 0, ...(await costsOf(page)) }];
      const anchor = { before: '', after: '' };
      let doubledWhileTalking = 0;
      const { ids, updates } = await talk({
        ...{ cloud, turns, everyMs },
        devices: Array.from({ length: devices }, (_, i) => seededDevice(i)),
        async onTurn(done) {
          progress.update('turns of devices', done / turns);
          if (done % Math.ceil(turns / SAMPLES) === 0) {
            await lookAtScreen();
            costs.push({ turns: done, ...(await costsOf(page)) });
            doubledWhileTalking += await doubledRows(page);
          }
          if (constructors && done === Math.floor(turns * SETTLED_AFTER)) before = await heapParts(page);
          if (done === Math.floor(turns * SHARE_AT_TOP)) {
            anchor.before = await scrollList(page, SCROLLED_PX);
          }
        },
      });
      anchor.after = await turnAtEdge(page);
      await lookAtScreen();
      const grown = before ? growthOf(before, await heapParts(page), LISTED_PARTS) : [];
      await scrollToNewest(page, ids.at(-1) ?? '');
      const listed = await readList(page, READ_TURNS);
      const oldestFirst = [...seeded.map(({ record }) => record.turn), ...ids];
      const expected = new Set(oldestFirst.slice(-READ_TURNS));
      progress.end();
      return { updates, shownAtMs, costs, doubledWhileTalking, anchor, listed, expected, complaints, grown };
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
  const { mbByRow, mbByTurn } = memoryGrowth(costs.filter(({ turns: done }) => done >= turns * SETTLED_AFTER));
  const most = (of: keyof PageCosts) => Math.max(...costs.map((each) => each[of]));
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
      ...{ ...spec, name: 'heap of the page, growth in 1,000 turns', unit: 'MB', goal: MOST_GROWTH_MB },
      measured: mbByTurn * 1_000,
      detail: `${(mbByRow * 1_000).toFixed(1)} KB for each turn in the list`,
    },
    {
      ...{ ...spec, name: 'heap of the page, most', unit: 'MB', measured: most('heapMb') },
      detail: costs.map(({ heapMb, rows }) => `${heapMb.toFixed(1)} (${rows})`).join(' '),
    },
    { ...spec, name: 'turns in the list while devices talk, most', unit: '', goal: MOST_ROWS, measured: most('rows') },
    { ...spec, name: 'DOM nodes, most', unit: '', goal: 5_000, measured: most('nodes') },
    { ...spec, name: 'errors in the console', unit: '', goal: 0, measured: complaints.length },
  ];
}

const measured = await measure();
const results = resultsOf(measured);
const { grown } = measured;
if (json) {
  process.stdout.write(`${JSON.stringify({ stored, devices, turns, everyMs, results, grown }, null, 2)}\n`);
} else {
  const details = results.flatMap(({ name, detail }) => (detail ? [`${name}: ${detail}`] : []));
  process.stdout.write(`${[...table(results), ...details, ...grown].join('\n')}\n`);
}
if (results.some(({ measured: value, goal }) => goal !== undefined && !(value <= goal))) process.exitCode = 1;

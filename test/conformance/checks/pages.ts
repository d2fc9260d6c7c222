/**
 * Pagination, while rows come and go: no row is lost or doubled.
 */
import assert from 'node:assert/strict';
import { inTime } from '../../support/in-time.ts';
import { type Random, seededRandom } from '../../support/random.ts';
import type { Backend } from '../suite/backend.ts';
import type { Check } from '../suite/check.ts';
import { run } from './writes.ts';

interface Item {
  _id: string;
  position: number;
}
interface Page {
  page: Item[];
  isDone: boolean;
  continueCursor: string;
}

const ALL = { table: 'items', index: 'by_position' };

function ask(backend: Backend, paginationOpts: object, source: object = ALL): Promise<Page> {
  return backend.query<Page>('read:page', { ...source, paginationOpts });
}

/** Positions are different, so that they are a name as well. */
const insertion = (random: Random) => ({ do: 'insert', table: 'items', value: { position: random.next(), label: '' } });

const inOrder = (backend: Backend) => backend.query<Item[]>('read:rows', ALL);
const positions = (items: Item[]) => items.map(({ position }) => position);

async function fill(backend: Backend, count: number, random: Random): Promise<string[]> {
  return await run<string>(backend, ...Array.from({ length: count }, () => insertion(random)));
}

/** Some come and some go, in one transaction. @returns the ids of those that went */
async function churn(backend: Backend, random: Random, changes = 4): Promise<string[]> {
  const items = await inOrder(backend);
  const gone = new Set<string>();
  const steps = Array.from({ length: changes }, () => {
    const victim = items.length > 0 && random.next() < 0.5 ? random.pick(items)._id : undefined;
    if (victim === undefined || gone.has(victim)) return insertion(random);
    gone.add(victim);
    return { do: 'delete', id: victim };
  });
  await run(backend, ...steps);
  return [...gone];
}

async function readThrough(backend: Backend, source: object, numItems: number): Promise<Page[]> {
  const pages: Page[] = [];
  let cursor: string | null = null;
  for (;;) {
    const page: Page = await ask(backend, { cursor, numItems }, source);
    pages.push(page);
    if (page.isDone) return pages;
    cursor = page.continueCursor;
    assert.ok(pages.length < 1_000, 'the pages have no end');
  }
}

export const pages: Check[] = [
  {
    id: 'pages.all-rows',
    title: 'pages have all rows in order, forwards, backwards, and in a range; the last says so',
    async run(backend) {
      await fill(backend, 23, seededRandom(1));
      const all = await inOrder(backend);
      for (const numItems of [1, 5, 23, 100]) {
        const found = await readThrough(backend, ALL, numItems);
        assert.deepEqual(
          found.flatMap(({ page }) => page),
          all,
        );
        for (const { page } of found) assert.ok(page.length <= numItems, `${page.length} rows`);
        const reverse = await readThrough(backend, { ...ALL, order: 'desc' }, numItems);
        assert.deepEqual(
          reverse.flatMap(({ page }) => page),
          [...all].reverse(),
        );
      }
      const middle = [
        ['gt', 'position', all[4]?.position],
        ['lte', 'position', all[14]?.position],
      ];
      const ranged = await readThrough(backend, { ...ALL, range: middle }, 3);
      assert.deepEqual(
        ranged.flatMap(({ page }) => page),
        all.slice(5, 15),
      );
    },
  },
  {
    id: 'pages.empty',
    title: 'a table without rows has one page, the last',
    async run(backend) {
      const { page, isDone } = await ask(backend, { cursor: null, numItems: 5 });
      assert.deepEqual([page, isDone], [[], true]);
    },
  },
  {
    id: 'pages.filtered',
    title: 'filtered pages have all rows that pass, and none twice',
    async run(backend) {
      await fill(backend, 40, seededRandom(2));
      const filter = { op: 'gt', of: [{ field: 'position' }, { value: 0.5 }] };
      const found = (await readThrough(backend, { ...ALL, filter }, 4)).flatMap(({ page }) => page);
      assert.deepEqual(
        found,
        (await inOrder(backend)).filter(({ position }) => position > 0.5),
      );
    },
  },
  {
    id: 'pages.full-scan',
    title: 'pages of a table without an index',
    async run(backend) {
      await fill(backend, 12, seededRandom(3));
      const found = (await readThrough(backend, { table: 'items' }, 5)).flatMap(({ page }) => page);
      assert.deepEqual(found, await backend.query('read:rows', { table: 'items' }));
    },
  },
  {
    id: 'pages.come-and-go',
    title: 'while rows come and go between pages, what stays is read once, and nothing twice (property)',
    async run(backend) {
      for (let seed = 1; seed <= 6; seed++) {
        const random = seededRandom(seed);
        const staying = new Set(await fill(backend, 25, random));
        for (const { _id } of await inOrder(backend)) staying.add(_id);
        const seen: string[] = [];
        let cursor: string | null = null;
        for (let isDone = false; !isDone; ) {
          const page: Page = await ask(backend, { cursor, numItems: random.integer(1, 6) });
          seen.push(...page.page.map(({ _id }) => _id));
          cursor = page.continueCursor;
          isDone = page.isDone;
          for (const id of await churn(backend, random)) staying.delete(id);
        }
        assert.equal(new Set(seen).size, seen.length, `seed ${seed}: a row is doubled`);
        for (const id of staying) assert.ok(seen.includes(id), `seed ${seed}: a row is lost`);
      }
    },
  },
  {
    id: 'pages.end-cursor',
    title: 'a page with an end cursor goes to there, whatever came or went: pages side by side stay side by side',
    async run(backend) {
      const random = seededRandom(4);
      await fill(backend, 30, random);
      const first = await ask(backend, { cursor: null, numItems: 10 });
      const second = await ask(backend, { cursor: first.continueCursor, numItems: 10 });
      const last = second.page.at(-1)?.position ?? 0;
      for (let i = 0; i < 8; i++) {
        await churn(backend, random, 6);
        const [a, b] = await Promise.all([
          ask(backend, { cursor: null, endCursor: first.continueCursor, numItems: 10 }),
          ask(backend, { cursor: first.continueCursor, endCursor: second.continueCursor, numItems: 10 }),
        ]);
        const wanted = (await inOrder(backend)).filter(({ position }) => position <= last);
        assert.deepEqual(positions([...a.page, ...b.page]), positions(wanted));
      }
    },
  },
  {
    id: 'pages.twice-in-a-function',
    title: 'one function reads pages of one query only',
    async run(backend) {
      await fill(backend, 3, seededRandom(5));
      await assert.rejects(backend.query('read:twoPages'), /paginat/i);
    },
  },
  {
    id: 'pages.foreign-cursor',
    title: 'a cursor that is none is refused',
    async run(backend) {
      await fill(backend, 3, seededRandom(6));
      for (const cursor of ['nonsense', '{}', 'ff'.repeat(40)]) {
        await assert.rejects(ask(backend, { cursor, numItems: 2 }), Error, cursor);
      }
    },
  },
  {
    id: 'pages.watched',
    title: 'pages that are watched keep their ends while rows come and go: no row is lost or doubled (property)',
    run: (backend) => watchPages(backend, 40, async () => {}),
  },
  {
    id: 'pages.journal-over-restart',
    title: 'and keep them over a restart of the server, by the journal that the client returns',
    run: (backend) => watchPages(backend, 8, (i) => (i === 4 ? backend.restart() : Promise.resolve())),
  },
];

const WATCHED_PAGES = 3;
const SETTLED_WITHIN_MS = 30_000;

/** Watches three pages, as a client does that shows them one below the other. */
async function watchPages(backend: Backend, rounds: number, between: (round: number) => Promise<void>): Promise<void> {
  const random = seededRandom(rounds);
  await fill(backend, 40, random);
  const shown: Page[] = [];
  const stops: (() => void)[] = [];
  let onChange = () => {};
  try {
    let cursor: string | null = null;
    for (let i = 0; i < WATCHED_PAGES; i++) {
      const paginationOpts = { cursor, numItems: 10 };
      const told = new Promise<void>((resolve, reject) => {
        const onValue = (page: Page) => {
          shown[i] = page;
          onChange();
          resolve();
        };
        stops.push(backend.subscribe('read:page', { ...ALL, paginationOpts }, { onValue, onError: reject }));
      });
      await inTime(told, `page ${i}`);
      cursor = shown[i]?.continueCursor ?? null;
    }
    const ends = shown.map(({ continueCursor }) => continueCursor);
    const last = shown.at(-1)?.page.at(-1)?.position ?? 0;
    for (let round = 0; round < rounds; round++) {
      await churn(backend, random);
      await between(round);
      const wanted = (await inOrder(backend)).filter(({ position }) => position <= last);
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`round ${round}: ${describe()}`)), SETTLED_WITHIN_MS);
        const found = () => positions(shown.flatMap(({ page }) => page));
        const describe = () => `the pages have ${found().join()} and not ${positions(wanted).join()}`;
        onChange = () => {
          if (String(found()) !== String(positions(wanted))) return;
          clearTimeout(timer);
          resolve();
        };
        onChange();
      });
    }
    assert.deepEqual(
      shown.map(({ continueCursor }) => continueCursor),
      ends,
    );
  } finally {
    for (const stop of stops) stop();
  }
}

/**
 * The console's list of turns, as a person goes through it.
 */
import type { Page } from 'playwright-core';

/** Code in a page has no time limit of its own. */
const PATIENCE_MS = 90_000;
const MOST_READINGS = 5;

/**
 * The ids of the rows from the first on, by scrolling: all of them, or so many. Rows that arrive meanwhile push others past the reader: then it
 * reads from the top again. After the last reading it returns what it has, so that a lost row is missing.
 */
export async function readList(page: Page, most = Number.POSITIVE_INFINITY): Promise<string[]> {
  const read = await page.evaluate(
    async ({ wanted, patienceMs, mostReadings }) => {
      const frame = document.querySelector('.turn-frame') as HTMLElement;
      const drawn = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
      const places = new Map<number, string>();
      const untilMs = performance.now() + patienceMs;
      let readings = 1;
      frame.scrollTop = 0;
      for (;;) {
        if (performance.now() > untilMs) throw new Error(`the list does not end: ${places.size} rows were read`);
        await drawn();
        const rows = [...frame.querySelectorAll<HTMLElement>('li[data-turn]')];
        for (const row of rows) places.set(Number(row.getAttribute('aria-posinset')), row.dataset.turn ?? '');
        const total = Number(rows.at(-1)?.getAttribute('aria-setsize') ?? 0);
        const isAtEnd = frame.scrollTop + frame.clientHeight >= frame.scrollHeight - 1;
        const isRead = isAtEnd && frame.dataset.complete === 'true';
        if (isRead && (places.size >= total || readings >= mostReadings)) break;
        if (wanted !== null && places.size >= wanted) break;
        if (isRead) {
          readings++;
          places.clear();
          frame.scrollTop = 0;
        } else {
          frame.scrollTop += frame.clientHeight * 0.9;
        }
      }
      return [...places].sort(([a], [b]) => a - b).map(([, turn]) => turn);
    },
    { wanted: Number.isFinite(most) ? most : null, patienceMs: PATIENCE_MS, mostReadings: MOST_READINGS },
  );
  return read.slice(0, most);
}

/** As a person who wants to see the newest turn, which is this one. */
export async function scrollToNewest(page: Page, turn: string): Promise<void> {
  await page.evaluate(() => document.querySelector('.turn-frame')?.scrollTo(0, 0));
  await page.locator(`li[data-turn="${turn}"][aria-posinset="1"]`).waitFor();
}

/** Resolves with the turn at the upper edge. */
export async function scrollList(page: Page, top: number): Promise<string> {
  await page.evaluate(
    async ({ to, patienceMs }) => {
      const frame = document.querySelector('.turn-frame') as HTMLElement;
      const untilMs = performance.now() + patienceMs;
      while (frame.scrollTop < to) {
        if (performance.now() > untilMs) throw new Error(`the list is ${frame.scrollHeight} px long`);
        frame.scrollTop = to;
        await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
      }
    },
    { to: top, patienceMs: PATIENCE_MS },
  );
  return await turnAtEdge(page);
}

export async function turnAtEdge(page: Page): Promise<string> {
  // The rows of a place are drawn a frame after it was reached.
  const turn = await page.waitForFunction(() => {
    const { left, top, width } = (document.querySelector('.turn-frame') as HTMLElement).getBoundingClientRect();
    const row = document.elementFromPoint(left + width / 2, top + 8)?.closest<HTMLElement>('li[data-turn]');
    return row?.dataset.turn;
  });
  return (await turn.jsonValue()) ?? '';
}

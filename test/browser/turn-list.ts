/**
 * The console's list of turns, as a person goes through it.
 */
import type { Page } from 'playwright-core';

/** The ids of the rows from the first on, by scrolling: all of them, or so many. */
export async function readList(page: Page, most = Number.POSITIVE_INFINITY): Promise<string[]> {
  const read = await page.evaluate(
    async (wanted) => {
      const frame = document.querySelector('.turn-frame') as HTMLElement;
      const drawn = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
      const places = new Map<number, string>();
      frame.scrollTop = 0;
      for (;;) {
        await drawn();
        const rows = [...frame.querySelectorAll<HTMLElement>('li[data-turn]')];
        for (const row of rows) places.set(Number(row.getAttribute('aria-posinset')), row.dataset.turn ?? '');
        const total = Number(rows.at(-1)?.getAttribute('aria-setsize') ?? 0);
        const isAtEnd = frame.scrollTop + frame.clientHeight >= frame.scrollHeight - 1;
        if (isAtEnd && frame.dataset.complete === 'true' && places.size >= total) break;
        if (wanted !== null && places.size >= wanted) break;
        frame.scrollTop += frame.clientHeight * 0.9;
      }
      return [...places].sort(([a], [b]) => a - b).map(([, turn]) => turn);
    },
    Number.isFinite(most) ? most : null,
  );
  return read.slice(0, most);
}

/** Resolves with the turn at the upper edge. */
export async function scrollList(page: Page, top: number): Promise<string> {
  await page.evaluate(async (to) => {
    const frame = document.querySelector('.turn-frame') as HTMLElement;
    while (frame.scrollTop < to) {
      frame.scrollTop = to;
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
    }
  }, top);
  return await turnAtEdge(page);
}

export function turnAtEdge(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { left, top, width } = (document.querySelector('.turn-frame') as HTMLElement).getBoundingClientRect();
    const row = document.elementFromPoint(left + width / 2, top + 8)?.closest<HTMLElement>('li[data-turn]');
    return row?.dataset.turn ?? '';
  });
}

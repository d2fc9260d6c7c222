/**
 * The console's list of turns, as a person goes through it.
 */
import type { Page } from 'playwright-core';

/** The ids of all rows, from the first to the last, by scrolling. */
export async function readWholeList(page: Page): Promise<string[]> {
  return await page.evaluate(async () => {
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
      frame.scrollTop += frame.clientHeight * 0.9;
    }
    return [...places].sort(([a], [b]) => a - b).map(([, turn]) => turn);
  });
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

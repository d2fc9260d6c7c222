/**
 * What a person sees in the console: when each record is on the screen, and all rows of the list from its top to its end.
 */
import type { Page } from 'playwright-core';

interface Observed {
  /** Of the first frame of the screen with this version of a turn, in ms since 1970, by `number.version`. */
  shownAtMs: Record<string, number>;
}

/** From now on. */
export async function observe(page: Page): Promise<() => Promise<Observed>> {
  await page.evaluate(() => {
    const shownAtMs: Record<string, number> = {};
    const painted = new MessageChannel();
    let waiting: string[] = [];
    // A message that is posted in an animation frame arrives after that frame was painted.
    painted.port1.onmessage = () => {
      const nowMs = performance.timeOrigin + performance.now();
      for (const mark of waiting) shownAtMs[mark] ??= nowMs;
      waiting = [];
    };
    const note = (records: MutationRecord[]) => {
      const marks = records
        .flatMap(({ target, addedNodes }) => [target, ...addedNodes])
        .flatMap((node) => node.textContent?.match(/#\d+\.\d+/g) ?? [])
        .map((mark) => mark.slice(1))
        .filter((mark) => shownAtMs[mark] === undefined);
      if (marks.length === 0) return;
      if (waiting.length === 0) requestAnimationFrame(() => painted.port2.postMessage(0));
      waiting.push(...marks);
    };
    const frame = document.querySelector('.turn-frame');
    if (!frame) throw new Error('There is no list.');
    new MutationObserver(note).observe(frame, { subtree: true, childList: true, characterData: true });
    Object.assign(globalThis, { benchShownAtMs: shownAtMs });
  });
  return async () => ({
    shownAtMs: await page.evaluate(
      () => (globalThis as unknown as { benchShownAtMs: Record<string, number> }).benchShownAtMs,
    ),
  });
}

/** The ids of all rows, from the first to the last, by scrolling as a person does. */
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

export interface PageCosts {
  heapMb: number;
  nodes: number;
}

/** After a garbage collection. */
export async function costsOf(page: Page): Promise<PageCosts> {
  const session = await page.context().newCDPSession(page);
  try {
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    const { nodes } = await session.send('Memory.getDOMCounters');
    return { heapMb: usedSize / 1e6, nodes };
  } finally {
    await session.detach();
  }
}

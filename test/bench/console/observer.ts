/**
 * What the page shows and costs: when each record is on the screen, and the memory that the page keeps.
 */
import type { CDPSession, Page } from 'playwright-core';

/** Of the first frame of the screen with this version of a turn, in ms since 1970, by `number.version`. */
export type ShownAtMs = Record<string, number>;

declare global {
  interface Window {
    takeShown: () => ShownAtMs;
  }
}

/** From now on. The function takes what was shown since its last call: nothing of it stays in the page, whose memory is measured. */
export async function observe(page: Page): Promise<() => Promise<ShownAtMs>> {
  await page.evaluate(() => {
    let shownAtMs: Record<string, number> = {};
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
    window.takeShown = () => {
      const taken = shownAtMs;
      shownAtMs = {};
      return taken;
    };
  });
  return () => page.evaluate(() => window.takeShown());
}

export interface PageCosts {
  /** Of the heap, what is kept: what is garbage was collected. */
  heapMb: number;
  nodes: number;
  /** Turns that the list has. */
  rows: number;
}

export async function costsOf(page: Page): Promise<PageCosts> {
  return await withDebugger(page, async (session) => {
    // What is drawn now is drawn first. The second collection takes what the first one has set free.
    await page.evaluate(async () => {
      for (let i = 0; i < 2; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
    });
    for (let i = 0; i < 2; i++) await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    const { nodes } = await session.send('Memory.getDOMCounters');
    return { heapMb: usedSize / 1e6, nodes, rows: await rowsOf(page) };
  });
}

function rowsOf(page: Page): Promise<number> {
  return page.evaluate(() => Number(document.querySelector('li[data-turn]')?.getAttribute('aria-setsize') ?? 0));
}

export async function withDebugger<T>(page: Page, work: (session: CDPSession) => Promise<T>): Promise<T> {
  const session = await page.context().newCDPSession(page);
  try {
    return await work(session);
  } finally {
    await session.detach();
  }
}

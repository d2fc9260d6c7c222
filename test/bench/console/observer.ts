/**
 * What the page shows and costs: when each record is on the screen, and the memory of the page.
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

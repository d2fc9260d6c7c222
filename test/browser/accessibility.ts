/**
 * axe-core in a page: rules of WCAG 2.2 A and AA, and best practices.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';

const AXE = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

interface Violation {
  id: string;
  nodes: { target: unknown[]; failureSummary?: string }[];
}

/** What violates a rule, one line each: `rule: element: why`. Empty: nothing. */
export async function findFaults(page: Page): Promise<string[]> {
  const loaded = await page.evaluate(() => 'axe' in globalThis);
  // By the debugger: the page's policy refuses a script element.
  if (!loaded) await page.evaluate(AXE);
  await page.evaluate(stillness);
  const violations = (await page.evaluate(async () => {
    type Axe = { run(options: object): Promise<{ violations: unknown }> };
    const { axe } = globalThis as unknown as { axe: Axe };
    // What passes is not listed element by element.
    return (await axe.run({ resultTypes: ['violations'] })).violations;
  })) as Violation[];
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(
      ({ target, failureSummary = '' }) => `${id}: ${target.join(' ')}: ${failureSummary.replace(/\s+/g, ' ')}`,
    ),
  );
}

/** Runs in the page. Resolves when all movement has ended, as far as it ever does: in its middle, text has colours of neither state. */
async function stillness(): Promise<void> {
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  await frame();
  const ending = document.getAnimations().filter((each) => each.effect?.getComputedTiming().endTime !== Infinity);
  await Promise.all(ending.map((animation) => animation.finished.catch(() => undefined)));
  await frame();
}

/**
 * The inspector as a user sees it: a real turn with the bundled speech, in Debian's Chromium.
 */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { LONG_SPEECH } from '../support/speech.ts';
import { SEVEN_STATES } from '../support/states.ts';
import { type Browser, browserMissing, stepsOf, withBrowser } from './browser.ts';

/** Where pictures of what the test sees are left. Default: none are taken. */
const SCREENSHOTS = process.env.EARSHOT_SCREENSHOTS;
const PHONE = { width: 390, height: 844 };
/** As pages are opened. */
const LAPTOP = { width: 1_280, height: 800 };

/** One daemon, idle after its first turn, and one browser. What counts turns comes last. */
test('the inspector', { skip: browserMissing() }, (context) =>
  inTemporaryFolder(async (folder) => {
    // A page on a busy machine is slow: the turn is long.
    const files = ['--input', LONG_SPEECH, '--output', 'null', '--state', join(folder, 'state')];
    const line = earshot(['start', '--inspect=0', '--json', ...files], { cwd: folder });
    const step = stepsOf(context);
    try {
      const url = (await line.message(/^inspector at /)).replace('inspector at ', '');
      await line.line(/"turnId"/);
      assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/#[\w-]+$/, 'its end can be copied by a double click');
      await withBrowser(async (browser) => {
        await browser.context.addInitScript(noteWhatIsDrawn);
        // One page for all: to lay out the charts of all machines takes most of the time.
        const { page, foreign, complaints } = await browser.open(url);
        await page.waitForSelector('[data-state="conversation.idle"].on');
        await step('before the chart there is a placeholder, and what draws it came compressed', () => loaded(page));
        await step('it can be used by keyboard alone', () => keyboard(page));
        await step('every machine and every message can be shown', () => shown(page));
        await step('it is readable on a laptop and on a phone', () => readable(page));
        await step('during a turn the states become active in order, messages appear, plots move', () =>
          followed(page),
        );
        await page.close();
        assert.deepEqual(foreign, [], 'no request leaves the machine');
        assert.deepEqual(complaints, [], 'no error in the console');
        await step('a wrong key is told, and what to do', () => refused(browser, url));
      });
    } finally {
      line.kill('SIGTERM');
      assert.equal((await line.ended).code, 0);
    }
  }),
);

/** Runs in the page, before all else: notes what stands in the place of the chart, in order. */
function noteWhatIsDrawn(): void {
  const drawn: string[] = [];
  Object.assign(window, { drawn });
  addEventListener('DOMContentLoaded', () => {
    const place = document.querySelector('#drawing');
    if (!place) return;
    new MutationObserver(() => {
      const child = place.firstElementChild;
      const isSeen = child !== null && child.getBoundingClientRect().height > 0;
      if (isSeen) drawn.push(child instanceof SVGElement ? 'chart' : (child.textContent ?? ''));
    }).observe(place, { childList: true });
  });
}

async function loaded(page: Page): Promise<void> {
  const drawn = await page.evaluate(() => (window as unknown as { drawn: string[] }).drawn);
  assert.deepEqual(drawn.slice(0, 2), ['The chart of conversation is drawn …', 'chart']);
  const { sent, whole } = await layouterSizes(page);
  assert.ok(whole > 100_000 && sent < whole / 2, `${sent} of ${whole} bytes`);
  const iconWidth = await page.evaluate(async () => {
    const icon = new Image();
    icon.src = document.querySelector<HTMLLinkElement>('link[rel=icon]')?.href ?? '';
    await icon.decode();
    return icon.naturalWidth;
  });
  assert.ok(iconWidth > 0, 'the icon of the tab is an image');
}

/** Of the program that lays out the chart: bytes that came over the network, and what it has. */
function layouterSizes(page: Page): Promise<{ sent: number; whole: number }> {
  return page.evaluate(() => {
    const [timing] = performance.getEntriesByName(new URL('layout.js', location.href).href);
    const { transferSize, decodedBodySize } = timing as PerformanceResourceTiming;
    return { sent: transferSize, whole: decodedBodySize };
  });
}

async function screenshot(page: Page, name: string): Promise<void> {
  if (SCREENSHOTS === undefined) return;
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
}

/** The states of the conversation that become active from now on, in order. */
async function watchStates(page: Page): Promise<void> {
  await page.waitForSelector('[data-state="conversation.idle"].on');
  await page.evaluate(() => {
    const lit = ['idle'];
    Object.assign(window, { lit });
    const was = new Set<Element>(document.querySelectorAll('.state.on'));
    new MutationObserver((records) => {
      for (const { target } of records) {
        const element = target as Element;
        const id = element.getAttribute('data-state') ?? '';
        const isLit = element.classList.contains('on') || element.classList.contains('passed');
        if (isLit && !was.has(element) && /^conversation\.\w+$/.test(id)) lit.push(id.slice('conversation.'.length));
        if (isLit) was.add(element);
        else was.delete(element);
      }
    }).observe(document.querySelector('#drawing') as Element, { subtree: true, attributeFilter: ['class'] });
  });
}

/** Resolves when all movement has ended, as far as it ever does. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    await frame();
    const ending = document.getAnimations().filter((each) => each.effect?.getComputedTiming().endTime !== Infinity);
    await Promise.all(ending.map((animation) => animation.finished.catch(() => undefined)));
    await frame();
  });
}

const litStates = (page: Page) => page.evaluate(() => (window as unknown as { lit: string[] }).lit);

async function plotPixels(page: Page, plot: string): Promise<string> {
  return page.locator(`[data-plot="${plot}"] canvas`).evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
}

/** States in which the device may be for a few milliseconds only. */
const BRIEF = ['processing', 'receiving'];

/** The part of `wanted` that is found in this order in `all`. */
function inOrder(all: readonly string[], wanted: readonly string[]): string[] {
  let next = 0;
  for (const state of all) if (state === wanted[next]) next += 1;
  return wanted.slice(0, next);
}

async function followed(page: Page): Promise<void> {
  await page.selectOption('#machine', { label: 'conversation' });
  await watchStates(page);
  const messagesBefore = Number(await page.textContent('#message-count'));
  const before = {
    levels: await plotPixels(page, 'levels'),
    bytes: await plotPixels(page, 'bytes'),
    delay: await plotPixels(page, 'delay'),
  };

  await page.keyboard.press(' ');
  await page.waitForSelector('[data-state="conversation.streaming"].on');
  lookAtPlaying(await seenWhilePlaying(page));
  await screenshot(page, 'turn');
  await page.waitForSelector('[data-state="conversation.idle"].on');
  // States between two frames of a busy browser are not visible.
  const lit = await litStates(page);
  assert.deepEqual(
    lit.filter((state) => !BRIEF.includes(state)),
    SEVEN_STATES.filter((state) => !BRIEF.includes(state)),
  );
  assert.deepEqual(inOrder(SEVEN_STATES, lit), lit);
  assert.ok(Number(await page.textContent('#message-count')) > messagesBefore + 40);
  assert.notEqual(await plotPixels(page, 'levels'), before.levels);
  assert.notEqual(await plotPixels(page, 'bytes'), before.bytes);
  assert.notEqual(await plotPixels(page, 'delay'), before.delay);
  await page.waitForFunction(() => document.querySelectorAll('#latency .turn').length === 2);
  // Also after the turn's report, which causes no transition of the conversation.
  await page.waitForFunction(() => document.querySelector('#last')?.textContent === '· last: turn.latencies, stayed');
  assert.equal(await page.locator('.edge.on').count(), 1, 'the last transition is shown');

  // The seventh state, by an event that is sent from the page, with its form.
  await page.keyboard.press(' ');
  await page.waitForSelector('[data-state="conversation.streaming"].on');
  const groups = await offeredEvents(page);
  assert.deepEqual([...groups.keys()], ['in this state', 'in every state']);
  const [likely = [], others = []] = groups.values();
  assert.ok(likely.includes('talk.released') && others.includes('capture.failed'), likely.join(', '));
  assert.deepEqual(
    likely.filter((event) => others.includes(event)),
    [],
  );
  await page.locator('[data-event="capture.failed"]').click();
  assert.equal(await page.inputValue('#form input[type=number]'), '3', 'the current turn is filled in');
  await page.locator('#form .primary').click();
  await page.waitForFunction(() => (window as unknown as { lit: string[] }).lit.includes('error'));
  await page.waitForSelector('[data-state="conversation.idle"].on');
}

async function shown(page: Page): Promise<void> {
  const machines = await page
    .locator('#machine option')
    .evaluateAll((all) => all.map((option) => [(option as HTMLOptionElement).value, option.textContent] as const));
  assert.equal(machines.length, 16, machines.map(([, name]) => name).join(', '));
  for (const [value, name] of machines) {
    await page.selectOption('#machine', value);
    await page.waitForFunction(
      (wanted) =>
        document.querySelector(`#tree [data-actor="${wanted}"]`)?.getAttribute('aria-pressed') === 'true' &&
        document.querySelectorAll('#drawing .state.on').length > 1,
      value,
    );
    assert.ok((await page.textContent('#active')) !== '', `${name} is in a state`);
  }

  await page.fill('#type', 'uplink.started');
  await page.waitForFunction(() => document.querySelectorAll('#list .message-row:not([hidden])').length === 2);
  await page.locator('#list .message-row:not([hidden])').last().click();
  await page.locator('#message').waitFor();
  const details = (await page.textContent('#message')) ?? '';
  assert.match(details, /link → conversation/);
  assert.match(details, /"turn": 1/);
  assert.match(details, /before\s*recording\s*after\s*streaming/);
  await page.fill('#type', '');
  await page.selectOption('#lane', { label: 'uploader' });
  await page.waitForFunction(() => Number(document.querySelector('#message-count')?.textContent) > 5);
  await screenshot(page, 'messages');
  await page.selectOption('#lane', { index: 0 });
}

async function refused({ open }: Browser, url: string): Promise<void> {
  const { page } = await open(`${url.slice(0, -4)}xxxx`);
  const told = page.getByRole('alert').filter({ hasText: 'The key of this address is wrong' });
  await told.waitFor();
  const { sent, whole } = await layouterSizes(page);
  assert.ok(whole > 100_000 && sent < 2_000, `what is unchanged does not come again: ${sent} of ${whole} bytes`);
  assert.match((await told.textContent()) ?? '', /Open the address that Earshot printed last/);
  await page.goto('about:blank');
  await page.goto(url.replace(/#.*/, ''));
  await page.getByRole('alert').filter({ hasText: 'This address has no key' }).waitFor();
  await page.close();
}

/** The events that can be sent, by the heading above them, in order. */
async function offeredEvents(page: Page): Promise<Map<string, string[]>> {
  const rows = await page
    .locator('#events > *')
    .evaluateAll((all) => all.map(({ tagName, textContent }) => [tagName, textContent ?? ''] as const));
  const groups = new Map<string, string[]>();
  let heading = '';
  for (const [tag, text] of rows) {
    if (tag === 'H3') heading = text;
    const events = groups.get(heading) ?? [];
    groups.set(heading, tag === 'H3' ? events : [...events, text]);
  }
  return groups;
}

interface Playing {
  active: string;
  /** The time-outs that count down, at two moments. */
  left: string[];
  /** Queues in sight, and those that are folded. */
  queues: string[];
  cloudQueue: string;
  folded: string;
  isFolded: boolean;
  strip: { name: string; spent: string; isNow: boolean }[];
  isStripAbove: boolean;
}

/** Looks in the page, at once: for the driver of a browser on a busy machine, the reply may be over before it has looked at everything. */
async function seenWhilePlaying(page: Page): Promise<Playing> {
  const seen = await page.waitForFunction(() => {
    const textOf = (selector: string) => document.querySelector(selector)?.textContent ?? '';
    const all = (selector: string) => [...document.querySelectorAll<HTMLElement>(selector)];
    if (!document.querySelector('[data-state="conversation.playing"].on')) return undefined;
    const strip = all('#states li').map((item) => ({
      name: item.querySelector('span')?.textContent ?? '',
      spent: item.querySelector('b')?.textContent ?? '',
      isNow: item.getAttribute('aria-current') === 'step',
    }));
    const queues = all('#queues > .queue .name').map((name) => name.textContent ?? '');
    const counted = all('.label text.running').map((label) => label.textContent ?? '');
    const noted = window as unknown as { left: string | undefined };
    noted.left ??= counted[0];
    // They are drawn one after the other, and a time-out counts seconds.
    const isDrawn =
      queues.includes('jitter buffer') && strip.some(({ name, spent }) => name === 'playing' && /\d/.test(spent));
    if (!isDrawn || counted[0] === noted.left) return undefined;
    const [above, drawing] = ['#states', '#drawing'].map((part) =>
      document.querySelector(part)?.getBoundingClientRect(),
    );
    return {
      active: textOf('#active'),
      left: [noted.left ?? '', ...counted],
      queues,
      cloudQueue: all('.queue').find((queue) => queue.textContent?.includes('gateway → cloud'))?.textContent ?? '',
      folded: textOf('#queues summary'),
      isFolded: document.querySelector('#queues details .queue')?.checkVisibility() === false,
      strip,
      isStripAbove: above !== undefined && drawing !== undefined && above.bottom <= drawing.top,
    };
  });
  return (await seen.jsonValue()) as Playing;
}

/** All seven states stand above the chart, in order; those that the turn has left have their time, those to come have none. */
function lookAtPlaying({ active, left, queues, cloudQueue, folded, isFolded, strip, isStripAbove }: Playing): void {
  assert.match(active, /playing/);
  assert.equal(left.length, 2, `one time-out counts down: ${left}`);
  assert.equal(queues.filter((name) => name === 'jitter buffer').length, 1, 'a queue in use is in sight');
  assert.match(cloudQueue, /\d+ of \d+/);
  assert.match(folded, /^\d+ empty queues?$/, 'empty queues are folded');
  assert.ok(isFolded);
  assert.deepEqual(
    strip.map(({ name }) => name),
    // The last one of a turn is its first again.
    [...SEVEN_STATES.slice(0, -1), 'error'],
  );
  assert.equal(strip.find(({ isNow }) => isNow)?.name, 'playing');
  for (const { name, spent } of strip) {
    if (['recording', 'streaming', 'playing'].includes(name)) assert.match(spent, /^[\d.]+ m?s$/, name);
    if (name === 'error') assert.equal(spent, '–');
  }
  assert.ok(isStripAbove, 'it is above the chart');
}

/** Of the Tab key on the whole page. */
const MOST_STOPS = 200;

async function keyboard(page: Page): Promise<void> {
  const focused = () => page.evaluate(() => document.activeElement?.id ?? '');

  const reached = new Set<string>();
  for (let i = 0; i < MOST_STOPS; i++) {
    await page.keyboard.press('Tab');
    const { id, isAround, isSeen } = await page.evaluate(() => {
      const element = document.activeElement as Element;
      const isAround = element === document.body;
      return { id: element.id, isAround, isSeen: isAround || getComputedStyle(element).outlineStyle !== 'none' };
    });
    if (i > 0 && isAround) break;
    reached.add(id);
    assert.ok(isSeen, `the focus is visible on #${id}`);
  }
  for (const id of ['talk', 'keep', 'machine', 'details', 'drawing', 'lane', 'type', 'list', 'pause', 'time']) {
    assert.ok(reached.has(id), `#${id} is reached by Tab`);
  }

  await page.locator('body').click({ position: { x: 640, y: 2 } });
  await page.keyboard.press('/');
  assert.equal(await focused(), 'type');
  await page.locator('#list').focus();
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowUp');
  await page.locator('#message').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('#message').waitFor({ state: 'hidden' });

  await page.locator('#chart').focus();
  await page.keyboard.press('p');
  await page.waitForFunction(() => document.querySelector('#pause')?.textContent === 'Go on');
  const at = await page.textContent('#clock');
  await page.keyboard.press('ArrowLeft');
  await page.waitForFunction((was) => document.querySelector('#clock')?.textContent !== was, at);
  await page.keyboard.press('l');
  await page.waitForFunction(() => document.querySelector('#live')?.getAttribute('aria-pressed') === 'true');
  await page.keyboard.press('?');
  await page.locator('#keys').waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('k');
  await page.waitForFunction(() => /^saved: /.test(document.querySelector('#notice')?.textContent ?? ''));
}

async function readable(page: Page): Promise<void> {
  for (const [name, viewport] of [
    ['phone', PHONE],
    ['laptop', LAPTOP],
  ] as const) {
    await page.setViewportSize(viewport);
    for (const button of ['Theme', 'Keys']) {
      const box = await page.getByRole('button', { name: button, exact: true }).boundingBox();
      assert.ok(box && box.x >= 0 && box.x + box.width <= viewport.width, `${button} is in reach on a ${name}`);
    }
    const panels = name === 'phone' ? ['Actors', 'Messages', 'Signals', 'Send', 'Chart'] : [''];
    for (const panel of panels) {
      if (panel) await page.locator('#panels button', { hasText: panel }).click();
      await settled(page);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await settled(page);
        assert.deepEqual(await page.evaluate(findUnreadable), [], `${name} ${panel} ${colorScheme}`);
      }
      await screenshot(page, [name, panel.toLowerCase()].filter(Boolean).join('-'));
    }
  }
}

/** Runs in the page: finds text that is cut off, too small, or of too little contrast (WCAG AA). */
function findUnreadable(): string[] {
  const faults: string[] = [];
  if (document.documentElement.scrollWidth > innerWidth) faults.push(`wider than ${innerWidth}`);
  const numbers = (color: string) => (color.match(/[\d.]+/g) ?? []).map(Number);
  const light = (color: string) => {
    const [r = 0, g = 0, b = 0] = numbers(color).map((c) => {
      const share = c / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const groundOf = (element: Element | null): string => {
    if (!element) return 'rgb(255, 255, 255)';
    const { backgroundColor } = getComputedStyle(element);
    return (numbers(backgroundColor)[3] ?? 1) < 0.9 ? groundOf(element.parentElement) : backgroundColor;
  };
  /** What cuts off a text on a small screen, where nothing shows the rest of it: a pointer that hovers is needed for a title. */
  const cutterOf = (node: Node): string | undefined => {
    if (innerWidth > 600) return undefined;
    const range = document.createRange();
    range.selectNodeContents(node);
    const { left, right } = range.getBoundingClientRect();
    for (let box = node.parentElement; box; box = box.parentElement) {
      const { overflowX } = getComputedStyle(box);
      if (overflowX === 'auto' || overflowX === 'scroll') return undefined;
      const edges = box.getBoundingClientRect();
      const isOutside = right > edges.right + 1 || left < edges.left - 1;
      if (overflowX !== 'visible' && isOutside) return box.id || box.className || box.tagName;
    }
    return right > innerWidth + 1 || left < -1 ? 'the screen' : undefined;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!parent || parent instanceof SVGElement || (node.textContent ?? '').trim() === '') continue;
    if (!parent.checkVisibility() || parent.closest('#drawing, .ended, option, .skip')) continue;
    const { fontSize, color } = getComputedStyle(parent);
    const cutter = cutterOf(node);
    const what = `"${(node.textContent ?? '').trim().slice(0, 24)}"`;
    // Who chooses a message sees all of it.
    if (cutter && !parent.closest('.message-row')) faults.push(`${what} is cut off by ${cutter}`);
    if (Number.parseFloat(fontSize) < 10) faults.push(`${what} is set in ${fontSize}`);
    const [a, b] = [light(color), light(groundOf(parent))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) faults.push(`${what} has a contrast of ${contrast.toFixed(1)}`);
  }
  return [...new Set(faults)];
}

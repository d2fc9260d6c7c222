/**
 * A recording on the page: the state at any moment.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import type { Entry } from '../../src/observability/inspect/entries.ts';
import { readFlightRecording } from '../../src/observability/inspect/flight-recording.ts';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { SHORT_SPEECH } from '../support/speech.ts';
import { browserMissing, withBrowser } from './browser.ts';

test('a recording shows state, messages and plots at any moment', { skip: browserMissing() }, () =>
  inTemporaryFolder(async (folder) => {
    const state = join(folder, 'state');
    const files = ['--input', SHORT_SPEECH, '--output', 'null', '--state', state];
    const talk = await earshot(['start', '--once', '--record-audio', ...files], { cwd: folder }).ended;
    assert.equal(talk.code, 0, talk.stderr);
    assert.doesNotMatch(talk.stderr, /inspector at/, 'recording alone serves nothing');

    const recording = join(folder, 'recording.ndjson');
    await extendRecording(join(state, 'flight/last-run-device.ndjson'), recording);
    const replay = earshot(['replay', recording, '--port', '0', '--json']);
    const { url } = JSON.parse(await replay.line(/^\{/)) as { url: string };
    await withBrowser(async ({ open }) => {
      const { page, foreign, complaints } = await open(url);
      await page.waitForSelector('#drawing .state.on');
      const wanted = ['idle', 'streaming', 'playing'];
      const seen = await findStates(page, wanted);
      for (const state of wanted) assert.ok(seen.has(state), `${state} in ${[...seen]}`);
      const all = Number(await page.textContent('#message-count'));
      await page.locator('#time').evaluate((slider) => {
        (slider as HTMLInputElement).value = '0';
        slider.dispatchEvent(new Event('input'));
      });
      await page.waitForFunction((most) => Number(document.querySelector('#message-count')?.textContent) < most, all);
      assert.equal(await page.locator('#talk').isVisible(), false, 'there is nobody to talk to');

      assert.equal(await page.textContent('#status'), 'replay');

      await bars(page);
      await levels(page);

      // The oldest is last: the turn that was spoken.
      const turn = page.locator('#latency .turn').last();
      for (const [who, colour] of [
        ['said', '--series-1'],
        ['heard', '--series-2'],
      ] as const) {
        assert.ok((await columnsOf(turn.locator('canvas'), colour)).length > 20, `what was ${who} is drawn`);
      }
      await turn.locator('.when').click();
      const began = await turn.locator('.when').textContent();
      await page.waitForFunction((at) => document.querySelector('#clock')?.textContent === at, began);
      const play = turn.locator('.sound button');
      // What is played may be over before it is looked at.
      await play.evaluate((button) => {
        const labels: string[] = [];
        Object.assign(window, { labels });
        new MutationObserver(() => labels.push(button.textContent ?? '')).observe(button, {
          ...{ childList: true, characterData: true, subtree: true },
        });
      });
      await play.click();
      await page.waitForFunction(() => (window as unknown as { labels: string[] }).labels.includes('Play'));
      assert.deepEqual(await page.evaluate(() => (window as unknown as { labels: string[] }).labels), ['Stop', 'Play']);

      await page.locator('#chart').focus();
      await page.keyboard.press('p');
      const start = await page.textContent('#clock');
      await page.waitForFunction((was) => document.querySelector('#clock')?.textContent !== was, start);
      assert.deepEqual([foreign, complaints], [[], []]);
    });
    replay.kill('SIGTERM');
    assert.equal((await replay.ended).code, 0);
  }),
);

/** Turns with these delays; all but the spoken one, which is the oldest. */
const DELAYS_MS = [72, 118, 400, 1_900];
const GAP_MS = 6_000;

/** A copy with more turns after the last one, and after them a sound, a long silence, and a sound. */
async function extendRecording(from: string, to: string): Promise<void> {
  const { entries } = await readFlightRecording(from);
  const clock = entries.findLast((entry) => entry.k === 'clock');
  const spoken = entries.find((entry) => entry.k === 'turn');
  assert.ok(clock && spoken);
  const endMs = Math.max(...entries.map((entry) => ('t' in entry ? entry.t : 0)));
  const wall = (t: number) => new Date(t + clock.wallMs - clock.t).toISOString();
  const turns = DELAYS_MS.map((total, i): Entry => {
    const t = endMs + 10 * (i + 1);
    const { report } = spoken;
    // Another word in a row must not change where its bar begins.
    const outcome = i % 2 === 0 ? 'cancelled' : 'done';
    const latencyMs = { capture: 10, cloud: total - 20, playback: 10, total };
    return { k: 'turn', t, report: { ...report, outcome, turnId: `turn ${i}`, startedAt: wall(t), latencyMs } };
  });
  const sound = (fromMs: number) =>
    Array.from({ length: 10 }, (_, i): Entry => {
      return { k: 'levels', t: fromMs + 100 * i, microphone: { rmsDb: -30, peakDb: -20 } };
    });
  const more = [...turns, ...sound(endMs + 1_000), ...sound(endMs + 2_000 + GAP_MS)];
  writeFileSync(
    to,
    `${readFileSync(from, 'utf8').trimEnd()}\n${more.map((entry) => JSON.stringify(entry)).join('\n')}\n`,
  );
}

/** The bar of a longer delay is longer, also of another outcome, and beyond the budget; a much longer one is whole. */
async function bars(page: Page): Promise<void> {
  const rows = await page.locator('#latency .turn').evaluateAll((turns) =>
    turns.map((turn) => {
      const bar = turn.querySelector('.stages')?.getBoundingClientRect();
      const parts = [...turn.querySelectorAll('.stages i')].map((part) => part.getBoundingClientRect());
      return {
        ms: Number.parseFloat(turn.querySelector('b')?.textContent ?? ''),
        from: bar?.left ?? 0,
        share: (Math.max(...parts.map(({ right }) => right)) - (bar?.left ?? 0)) / (bar?.width ?? 1),
      };
    }),
  );
  const added = rows.slice(0, DELAYS_MS.length);
  assert.deepEqual(
    added.map(({ ms }) => ms),
    DELAYS_MS.toReversed(),
    'the newest is first',
  );
  assert.equal(new Set(rows.map(({ from }) => from)).size, 1, 'all begin at the same place');
  const [slowest = 0, ...others] = added.map(({ share }) => share);
  assert.ok(slowest > 0.97 && slowest < 1.01, `${slowest}`);
  // A turn of 400 ms is not as long as one that is cut off; the widths are in proportion.
  for (const [i, share] of others.entries()) {
    const ms = DELAYS_MS.toReversed()[i + 1] ?? 0;
    assert.ok(Math.abs(share - ms / 520) < 0.03, `${ms} ms: ${share}`);
  }
}

/** No line is drawn across a silence. */
async function levels(page: Page): Promise<void> {
  await page.locator('#live').click();
  await page.waitForFunction(() => document.querySelector('#behind')?.textContent === '');
  const plot = page.locator('[data-plot="levels"] canvas');
  // Plots are drawn ten times a second.
  const drawn = await eventually(async () => {
    const columns = await columnsOf(plot, '--series-1');
    return columns.length > 0 && columns;
  }, 'the plot of levels is drawn');
  const width = await plot.evaluate((canvas) => (canvas as HTMLCanvasElement).width);
  const gaps = drawn.slice(1).map((column, i) => column - (drawn[i] ?? 0) - 1);
  // The plot has a minute, beside its axis.
  const leastPx = (0.6 * width * GAP_MS) / 60_000;
  assert.ok(Math.max(...gaps) >= leastPx, `${Math.max(...gaps)} of ${width} columns are empty`);
}

/** Columns of a canvas in which there is this colour. */
function columnsOf(canvas: Locator, colour: string): Promise<number[]> {
  return canvas.evaluate((element, name) => {
    const drawn = element as HTMLCanvasElement;
    const { width, height } = drawn;
    // A copy, because a canvas of the page that is read becomes slow, and Chromium says so in the console.
    const copy = new OffscreenCanvas(width + 1, height).getContext('2d', { willReadFrequently: true });
    if (!copy || width === 0) return [];
    copy.fillStyle = getComputedStyle(drawn).getPropertyValue(name).trim();
    copy.fillRect(width, 0, 1, 1);
    copy.drawImage(drawn, 0, 0);
    const wanted = copy.getImageData(width, 0, 1, 1).data;
    const { data } = copy.getImageData(0, 0, width, height);
    const found: number[] = [];
    for (let x = 0; x < width; x++) {
      for (let y = 0; y < height; y++) {
        const at = 4 * (y * width + x);
        const isOpaque = (data[at + 3] ?? 0) > 128;
        const isNear = [0, 1, 2].every((i) => Math.abs((data[at + i] ?? 0) - (wanted[i] ?? 0)) < 40);
        if (!isOpaque || !isNear) continue;
        found.push(x);
        break;
      }
    }
    return found;
  }, colour);
}

/** The last place of the slider. */
const END = 1_000;
const SAMPLE_EVERY = 25;

/**
 * The states at places of the slider, until all wanted ones were seen. Between two places with different states it looks closer: so all are found
 * that last as long as one step of the slider.
 */
async function findStates(page: Page, wanted: readonly string[]): Promise<Set<string>> {
  const seen = new Set<string>();
  const isDone = () => wanted.every((state) => seen.has(state));

  async function stateAt(place: number): Promise<string> {
    const active = await page.evaluate(async (value) => {
      const slider = document.querySelector('#time') as HTMLInputElement;
      slider.value = String(value);
      slider.dispatchEvent(new Event('input'));
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      await frame();
      await frame();
      return document.querySelector('#active')?.textContent ?? '';
    }, place);
    const state = active.split('.')[0] ?? '';
    seen.add(state);
    return state;
  }

  async function lookBetween(from: number, before: string, to: number, after: string): Promise<void> {
    if (before === after || to - from < 2 || isDone()) return;
    const middle = Math.floor((from + to) / 2);
    const state = await stateAt(middle);
    await lookBetween(from, before, middle, state);
    await lookBetween(middle, state, to, after);
  }

  let before = await stateAt(0);
  for (let place = SAMPLE_EVERY; place <= END && !isDone(); place += SAMPLE_EVERY) {
    const state = await stateAt(place);
    await lookBetween(place - SAMPLE_EVERY, before, place, state);
    before = state;
  }
  return seen;
}

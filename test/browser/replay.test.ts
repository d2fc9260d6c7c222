/**
 * A recording on the page: the state at any moment.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { SHORT_SPEECH } from '../support/speech.ts';
import { browserMissing, withBrowser } from './browser.ts';

test('a recording shows state, messages and plots at any moment', { skip: browserMissing() }, () =>
  inTemporaryFolder(async (folder) => {
    const state = join(folder, 'state');
    const files = ['--input', SHORT_SPEECH, '--output', 'null', '--state', state];
    const talk = await earshot(['start', '--once', '--record-audio', ...files], { cwd: folder }).ended;
    assert.equal(talk.code, 0, talk.stderr);
    assert.doesNotMatch(talk.stderr, /inspector at/, 'recording alone serves nothing');

    const replay = earshot(['replay', '--state', state, '--port', '0', '--json']);
    const { url } = JSON.parse(await replay.line(/^\{/)) as { url: string };
    await withBrowser(async ({ open }) => {
      const { page, foreign, complaints } = await open(url);
      await page.waitForSelector('#drawing .state.on');
      const wanted = ['idle', 'streaming', 'playing'];
      const seen = await findStates(page, wanted);
      for (const state of wanted) assert.ok(seen.has(state), `${state} in ${[...seen]}`);
      const all = Number(await page.textContent('#message-count'));
      await page.locator('#time').evaluate((slider) => {
        (slider as HTMLInputElement).value = '300';
        slider.dispatchEvent(new Event('input'));
      });
      await page.waitForFunction((most) => Number(document.querySelector('#message-count')?.textContent) < most, all);
      assert.equal(await page.locator('#talk').isVisible(), false, 'there is nobody to talk to');

      assert.equal(await page.textContent('#status'), 'replay');

      const turn = page.locator('#latency .turn');
      await turn.locator('.when').click();
      const began = await turn.locator('.when').textContent();
      await page.waitForFunction((at) => document.querySelector('#clock')?.textContent === at, began);
      const play = turn.locator('.sound button');
      await play.click();
      assert.equal(await play.textContent(), 'Stop');
      await page.waitForFunction(() => document.querySelector('.sound button')?.textContent === 'Play');

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

/** The last place of the slider. */
const END = 1_000;
const SAMPLE_EVERY = 50;

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

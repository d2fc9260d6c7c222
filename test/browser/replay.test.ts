/**
 * A recording on the page: the state at any moment.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
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
      const seen = new Set<string>();
      for (let at = 0; at <= 1_000; at += 10) {
        await page.locator('#time').evaluate((slider, value) => {
          (slider as HTMLInputElement).value = String(value);
          slider.dispatchEvent(new Event('input'));
        }, at);
        const active = await page.evaluate(
          () =>
            new Promise<string>((resolve) =>
              requestAnimationFrame(() =>
                requestAnimationFrame(() => resolve(document.querySelector('#active')?.textContent ?? '')),
              ),
            ),
        );
        seen.add(active.split('.')[0] ?? '');
      }
      for (const state of ['idle', 'streaming', 'playing']) assert.ok(seen.has(state), `${state} in ${[...seen]}`);
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

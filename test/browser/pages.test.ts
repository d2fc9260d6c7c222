/**
 * Every page in every state: no violation of axe-core's rules in both themes, nothing wider than the screen from 320 px, no error in the
 * console, no request to another host.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findFaults } from './accessibility.ts';
import { browserMissing } from './browser.ts';
import { playInspectorScenes, playScenes, type Scene } from './scenes.ts';

const skip = browserMissing();
const PHONE = { width: 320, height: 640 };
const LAPTOP = { width: 1_280, height: 800 };

async function check({ name, watched: { page, foreign, complaints }, isCut }: Scene): Promise<void> {
  for (const [size, colorScheme] of [
    [PHONE, 'dark'],
    [LAPTOP, 'light'],
  ] as const) {
    await page.setViewportSize(size);
    // With movement, axe-core may see the colours of its middle.
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    // Plots are told the new width, and then get theirs.
    await page
      .waitForFunction(() => document.documentElement.scrollWidth <= innerWidth)
      .catch(async () => {
        assert.fail(`${name} at ${size.width} px: wider are ${await page.evaluate(tooWide)}`);
      });
    assert.deepEqual(await findFaults(page), [], `${name}, ${colorScheme}`);
  }
  assert.deepEqual(foreign, [], `${name} asks no other host`);
  // A browser itself tells in the console that a server does not answer, or has refused.
  if (!isCut) assert.deepEqual(complaints, [], `${name} has no error in the console`);
}

/** Runs in the page: elements that reach over the right edge. */
function tooWide(): string[] {
  const isOver = (element: Element) => element.getBoundingClientRect().right > innerWidth + 1;
  return [...document.querySelectorAll('body *')]
    .filter(isOver)
    .map(({ tagName, className }) => `${tagName}.${className}`);
}

test('talk page and console, in each state', { skip }, () => playScenes({ responder: 'parrot', turns: 40 }, check));

test('the inspector, in each state', { skip }, () => playInspectorScenes(check));

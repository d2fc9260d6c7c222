import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PAUSE_FADE_SAMPLES, Pause } from '../../actors/playback/pause.ts';
import fc from '../support/fast-check.ts';

/** Blocks of the card, and whether playback is paused before each. */
const demands = fc.array(fc.record({ samples: fc.integer({ min: 1, max: 160 }), isPaused: fc.boolean() }), {
  maxLength: 60,
});

/** The levels of the samples of each block, between 0 and 1; an empty one is silence. */
function levelsOf(list: { samples: number; isPaused: boolean }[]): number[][] {
  const pause = new Pause();
  return list.map(({ samples, isPaused }) => {
    if (isPaused) pause.begin();
    else pause.end();
    const block = new Int16Array(pause.room(samples)).fill(8_000);
    pause.fade(block, block.length);
    return [...block].map((sample) => sample / 8_000);
  });
}

test('the level of neighbouring samples differs by one step of the fade, whenever a pause begins and ends', () => {
  fc.assert(
    fc.property(demands, (list) => {
      const levels = levelsOf(list).flat();
      for (const [i, level] of levels.entries()) {
        const before = i === 0 ? 1 : (levels[i - 1] ?? 0);
        assert.ok(Math.abs(level - before) <= 1 / PAUSE_FADE_SAMPLES + 1e-3, `${before} before ${level}`);
      }
    }),
  );
});

test('in a pause at most one fade is played; after it everything, at full level after one fade', () => {
  fc.assert(
    fc.property(demands, (list) => {
      let played = 0;
      for (const [i, levels] of levelsOf(list).entries()) {
        const { isPaused = false, samples = 0 } = list[i] ?? {};
        const isSame = isPaused === (list[i - 1]?.isPaused ?? false);
        if (!isPaused) assert.equal(levels.length, samples);
        if (isPaused && isSame && played >= PAUSE_FADE_SAMPLES) assert.equal(levels.length, 0);
        if (!isPaused && isSame && played >= PAUSE_FADE_SAMPLES) assert.ok(levels.every((level) => level === 1));
        played = (isSame ? played : 0) + samples;
      }
    }),
  );
});

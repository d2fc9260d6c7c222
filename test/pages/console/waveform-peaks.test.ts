/** The waveform's columns and the slider's keys. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalised, peaksOf, timeAfterKey, timeAt } from '../../../src/pages/console/conversations/waveform-peaks.ts';
import fc from '../../support/fast-check.ts';

test('each sample is in exactly one column, at its size', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 400 }),
      fc.integer({ min: 1, max: 120 }),
      fc.nat(),
      (length, columns, seed) => {
        const samples = new Float32Array(length);
        const at = seed % length;
        samples[at] = -0.5;
        const peaks = peaksOf(samples, columns);
        assert.equal(peaks.length, columns);
        assert.deepEqual(
          [...peaks].filter((peak) => peak > 0),
          [0.5],
        );
        if (length >= columns) {
          const column = peaks.indexOf(0.5);
          assert.ok(
            at >= Math.floor((column * length) / columns) && at < Math.floor(((column + 1) * length) / columns),
          );
        }
      },
    ),
  );
});

test('an empty recording is flat', () => {
  assert.deepEqual([...peaksOf(new Float32Array(0), 3)], [0, 0, 0]);
});

test('quiet speech is enlarged to full height, and silence is not', () => {
  assert.deepEqual([...normalised(Float32Array.of(0.1, 0.05))], [1, 0.5]);
  assert.ok(Math.max(...normalised(Float32Array.of(0.001))) <= 0.0201);
});

test('a point of the waveform is a time within the recording', () => {
  assert.equal(timeAt(50, 200, 8), 2);
  assert.equal(timeAt(-5, 200, 8), 0);
  assert.equal(timeAt(205, 200, 8), 8);
  assert.equal(timeAt(5, 0, 8), 0);
});

test('the keys of a slider move by a second, by ten, and to both ends', () => {
  assert.equal(timeAfterKey('ArrowRight', 2, 8), 3);
  assert.equal(timeAfterKey('ArrowLeft', 0.5, 8), 0);
  assert.equal(timeAfterKey('PageUp', 2, 8), 8);
  assert.equal(timeAfterKey('Home', 2, 8), 0);
  assert.equal(timeAfterKey('End', 2, 8), 8);
  assert.equal(timeAfterKey('a', 2, 8), undefined);
});

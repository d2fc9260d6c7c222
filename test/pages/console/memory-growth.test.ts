/** What `npm run bench:console` calls growth. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryGrowth } from '../../bench/console/memory-growth.ts';
import fc from '../../support/fast-check.ts';

test('what a page keeps of each turn is told apart from what its list has', () => {
  const size = fc.double({ min: 0, max: 0.01, noNaN: true });
  fc.assert(
    fc.property(size, size, fc.integer({ min: 2, max: 9 }), (mbByRow, mbByTurn, fold) => {
      // A list that begins anew from time to time.
      const samples = Array.from({ length: 25 }, (_, i) => ({ turns: 40 * i, rows: 70 + 40 * (i % fold) })).map(
        (seen) => ({ ...seen, heapMb: 4 + mbByRow * seen.rows + mbByTurn * seen.turns }),
      );
      const growth = memoryGrowth(samples);
      assert.ok(Math.abs(growth.mbByRow - mbByRow) < 1e-9 && Math.abs(growth.mbByTurn - mbByTurn) < 1e-9);
    }),
  );
});

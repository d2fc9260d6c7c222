/** Which rows are in the document, and that they stay in their place when others come. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rowWindow, scrollShift } from '../../../src/pages/console/conversations/row-window.ts';
import fc from '../../support/fast-check.ts';

test('all rows in sight are in the document, and never more than those and twelve around them', () => {
  fc.assert(
    fc.property(
      fc.nat(2_000_000),
      fc.integer({ min: 1, max: 3_000 }),
      fc.integer({ min: 20, max: 200 }),
      fc.nat(20_000),
      (scrollTop, height, rowHeight, rows) => {
        const { first, end } = rowWindow({ scrollTop, height, rowHeight, rows });
        assert.ok(first >= 0 && first <= end && end <= rows);
        assert.ok(end - first <= Math.ceil(height / rowHeight) + 14);
        for (const y of [scrollTop, scrollTop + height - 1]) {
          const row = Math.floor(y / rowHeight);
          if (row < rows) assert.ok(first <= row && row < end);
        }
      },
    ),
  );
});

test('rows that come above what the person looks at move the list by their height', () => {
  assert.equal(scrollShift(['x', 'y', 'a', 'b'], { anchor: 'a', before: 0, rowHeight: 70 }), 140);
  assert.equal(scrollShift(['b'], { anchor: 'b', before: 1, rowHeight: 70 }), -70);
});

test('a row that is deleted moves nothing', () => {
  assert.equal(scrollShift(['b'], { anchor: 'a', before: 0, rowHeight: 70 }), 0);
  assert.equal(scrollShift(['b'], { anchor: undefined, before: 0, rowHeight: 70 }), 0);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Value } from 'convex/values';
import { createReadIndex } from '../../src/cloud/database/read-index.ts';
import fc from '../support/fast-check.ts';
import { allRows, rangeOf, testDatabase } from './open.ts';

const keys = fc.uint8Array({ maxLength: 3, max: 3 });
const ranges = fc.array(
  fc
    .record({ index: fc.constantFrom('t.a', 't.b'), low: keys, high: keys })
    .filter(({ low, high }) => Buffer.compare(low, high) < 0),
  { maxLength: 4 },
);
const steps = fc.array(
  fc.oneof(
    fc.record({ watcher: fc.nat(8), reads: ranges }),
    fc.record({ watcher: fc.nat(8) }),
    fc.record({
      written: fc.array(fc.record({ index: fc.constantFrom('t.a', 't.b', 't.c'), key: keys }), { maxLength: 3 }),
    }),
  ),
  { maxLength: 60 },
);

test('a commit affects those who read a range around one of its keys, and nobody else', () => {
  fc.assert(
    fc.property(steps, (history) => {
      const index = createReadIndex<number>();
      const reads = new Map<number, { index: string; low: Uint8Array; high: Uint8Array }[]>();
      for (const step of history) {
        if ('reads' in step) {
          index.add(step.watcher, step.reads);
          reads.set(step.watcher, step.reads);
        } else if ('watcher' in step) {
          index.remove(step.watcher);
          reads.delete(step.watcher);
        } else {
          const expected = [...reads].filter(([, of]) =>
            of.some((range) =>
              step.written.some(
                ({ index: name, key }) =>
                  name === range.index && Buffer.compare(range.low, key) <= 0 && Buffer.compare(key, range.high) < 0,
              ),
            ),
          );
          assert.deepEqual([...index.affectedBy(step.written)].sort(), expected.map(([watcher]) => watcher).sort());
        }
      }
    }),
  );
});

test('with a hundred times the watchers, a commit takes a few times as long', () => {
  const key = (n: number, end = '') => Buffer.from(`device ${String(n).padStart(5, '0')}${end}`);
  const watched = (count: number) => {
    const index = createReadIndex<number>();
    for (let n = 0; n < count; n++) index.add(n, [{ index: 't.a', low: key(n), high: key(n, '\xff') }]);
    index.add(count, [{ index: 't.a', low: key(50), high: key(60) }]);
    return index;
  };
  const few = watched(100);
  const many = watched(10_000);
  assert.deepEqual(few.affectedBy([{ index: 't.a', key: key(55, ' turn') }]), new Set([55, 100]));
  assert.deepEqual(many.affectedBy([{ index: 't.a', key: key(55, ' turn') }]), new Set([55, 10_000]));
  const keys = Array.from({ length: 500 }, (_, i) => [{ index: 't.a', key: key(i % 100, ' turn') }]);
  const timeOf = (index: typeof few) => {
    const started = performance.now();
    for (const written of keys) index.affectedBy(written);
    return performance.now() - started;
  };
  const ratios = Array.from({ length: 21 }, () => timeOf(many) / timeOf(few)).sort((a, b) => a - b);
  assert.ok((ratios[10] ?? 0) < 20, `${ratios[10]} times`);
});

test('long keys are found and watched; what is kept of them is short', async (t) => {
  const database = await testDatabase(t);
  const texts = ['a', 'b'].map((end) => `${'x'.repeat(5_000)}${end}`);
  const bytes = [254, 255].map(
    (last) => Uint8Array.from({ length: 5_000 }, (_, i) => (i === 4_999 ? last : 255)).buffer,
  );
  const index = createReadIndex<number>();
  const values: Value[] = [...texts, ...bytes];
  for (const [watcher, a] of values.entries()) {
    await database.read(async (reader) => {
      assert.deepEqual(allRows(reader, rangeOf('rows.by_a_b', [['Eq', 'a', a]])), []);
      for (const { low, high } of reader.reads) assert.ok(low.length <= 2_500 && high.length <= 2_500);
      index.add(watcher, reader.reads);
    });
  }
  let affected = new Set<number>();
  database.onCommit(({ written }) => {
    affected = index.affectedBy(written);
  });
  for (const [watcher, a] of values.entries()) {
    await database.write(async (writer) => writer.insert('rows', { a, n: watcher }));
    assert.ok(affected.has(watcher), `${watcher} was missed`);
    const found = await database.read(async (reader) => allRows(reader, rangeOf('rows.by_a_b', [['Eq', 'a', a]])));
    assert.deepEqual(
      found.map(({ n }) => n),
      [watcher],
    );
  }
});

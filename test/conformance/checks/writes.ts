/**
 * Writes: what insert, patch, replace and delete do to a document, and which ids they take.
 */
import assert from 'node:assert/strict';
import type { Backend } from '../suite/backend.ts';
import type { Check } from '../suite/check.ts';

type Document = Record<string, unknown> & { _id: string; _creationTime: number };

export async function run<T = unknown>(backend: Backend, ...steps: object[]): Promise<T[]> {
  return await backend.mutation<T[]>('write:run', { steps });
}

async function insert(backend: Backend, value: object, table = 'rows'): Promise<string> {
  const [id] = await run<string>(backend, { do: 'insert', table, value });
  assert.ok(id, 'no id');
  return id;
}

const get = (backend: Backend, id: string, table?: string) => backend.query<Document | null>('read:get', { id, table });

export const writes: Check[] = [
  {
    id: 'writes.insert',
    title: 'insert adds _id and _creationTime, which rises from document to document',
    async run(backend) {
      const beforeMs = Date.now();
      const ids = await run<string>(
        backend,
        ...Array.from({ length: 50 }, (_, i) => ({ do: 'insert', table: 'rows', value: { label: String(i) } })),
      );
      assert.equal(new Set(ids).size, 50);
      const rows = await backend.query<Document[]>('read:rows', { table: 'rows' });
      assert.deepEqual(
        rows.map(({ _id }) => _id),
        ids,
      );
      for (const [i, { _creationTime }] of rows.entries()) {
        assert.ok(i === 0 || _creationTime > (rows[i - 1]?._creationTime ?? 0), `row ${i} is not later`);
        assert.ok(Math.abs(_creationTime - beforeMs) < 60_000, `created at ${_creationTime}`);
      }
    },
  },
  {
    id: 'writes.patch',
    title: 'patch changes the fields that it names, one level deep; undefined removes a field',
    async run(backend) {
      const id = await insert(backend, { a: 1, b: 2, nested: { x: 1, y: 2 }, label: 'kept' });
      const before = await get(backend, id);
      await run(backend, { do: 'patch', id, value: { a: 'new', nested: { x: 5 } }, absent: ['b'] });
      assert.ok(before, 'it is lost');
      const { b, ...rest } = before;
      assert.equal(b, 2);
      assert.deepEqual(await get(backend, id), { ...rest, a: 'new', nested: { x: 5 } });
      await run(backend, { do: 'patch', table: 'rows', id, value: { a: null } });
      assert.equal((await get(backend, id))?.a, null);
      await run(backend, { do: 'patch', id, value: {} });
      assert.deepEqual(await get(backend, id), { ...rest, a: null, nested: { x: 5 } });
    },
  },
  {
    id: 'writes.replace',
    title: 'replace leaves nothing of the old fields; undefined is no field',
    async run(backend) {
      const id = await insert(backend, { a: 1, b: 2 });
      const before = await get(backend, id);
      await run(backend, { do: 'replace', id, value: { label: 'new' }, absent: ['a'] });
      const { _id, _creationTime } = before ?? {};
      assert.deepEqual(await get(backend, id), { _id, _creationTime, label: 'new' });
    },
  },
  {
    id: 'writes.delete',
    title: 'what is deleted is in no index, and cannot be changed or deleted again',
    async run(backend) {
      const id = await insert(backend, { a: 1 });
      await run(backend, { do: 'delete', id });
      assert.equal(await get(backend, id), null);
      const range = [['eq', 'a', 1]];
      assert.deepEqual(await backend.query('read:rows', { table: 'rows', index: 'by_a_and_b', range }), []);
      for (const step of ['delete', 'patch', 'replace']) {
        await assert.rejects(run(backend, { do: step, id, value: {} }), /non-?existent/i, step);
      }
    },
  },
  {
    id: 'writes.indexes-follow',
    title: 'an index follows each change of its fields',
    async run(backend) {
      const id = await insert(backend, { a: 1, b: 1 });
      const find = async (a: unknown) =>
        (await backend.query<unknown[]>('read:rows', { table: 'rows', index: 'by_a_and_b', range: [['eq', 'a', a]] }))
          .length;
      await run(backend, { do: 'patch', id, value: { a: 'two' } });
      assert.deepEqual([await find(1), await find('two')], [0, 1]);
      await run(backend, { do: 'replace', id, value: { b: 5 } });
      assert.deepEqual([await find('two'), await find({ absent: true })], [0, 1]);
    },
  },
  {
    id: 'writes.system-fields',
    title: '_id and _creationTime can be written as they are, and not changed',
    async run(backend) {
      const id = await insert(backend, { a: 1 });
      const { _creationTime } = (await get(backend, id)) ?? {};
      await run(backend, { do: 'patch', id, value: { _id: id, _creationTime, a: 2 } });
      await run(backend, { do: 'replace', id, value: { _id: id, _creationTime, a: 3 } });
      assert.deepEqual(await get(backend, id), { _id: id, _creationTime, a: 3 });
      for (const step of ['patch', 'replace']) {
        await assert.rejects(run(backend, { do: step, id, value: { _creationTime: 1 } }), /_creationTime/, step);
        const other = await insert(backend, {});
        await assert.rejects(run(backend, { do: step, id, value: { _id: other } }), /_id/, step);
      }
    },
  },
  {
    id: 'writes.insert-system-fields',
    title: 'insert takes no _id and no _creationTime',
    async run(backend) {
      const other = await insert(backend, {});
      for (const value of [{ _id: other }, { _creationTime: 1 }]) {
        await assert.rejects(run(backend, { do: 'insert', table: 'rows', value }), /_id|_creationTime/);
      }
    },
  },
  {
    id: 'writes.foreign-ids',
    title: 'an id of another table is refused where the table is named',
    async run(backend) {
      const id = await insert(backend, { name: 'x', count: 1 }, 'counters');
      for (const step of ['patch', 'replace', 'delete']) {
        await assert.rejects(run(backend, { do: step, table: 'rows', id, value: {} }), /rows/, step);
      }
      await assert.rejects(get(backend, id, 'rows'), /rows/);
      assert.equal((await get(backend, id, 'counters'))?._id, id);
    },
  },
  {
    id: 'writes.nonsense-ids',
    title: 'what is no id at all is refused',
    async run(backend) {
      for (const id of ['', 'nonsense', 'x'.repeat(32), '\0', '123']) {
        await assert.rejects(get(backend, id), /id/i, `get ${id}`);
        await assert.rejects(run(backend, { do: 'delete', id }), /id/i, `delete ${id}`);
      }
    },
  },
  {
    id: 'writes.normalize-id',
    title: 'normalizeId gives the id of its table, and otherwise null',
    async run(backend) {
      const id = await insert(backend, { a: 1 });
      const normalize = (table: string, text: string) => backend.query('read:normalizeId', { table, id: text });
      assert.equal(await normalize('rows', id), id);
      assert.equal(await normalize('items', id), null);
      for (const text of ['', 'nonsense', `${id}x`, 'x'.repeat(32)])
        assert.equal(await normalize('rows', text), null, text);
      await run(backend, { do: 'delete', id });
      assert.equal(await normalize('rows', id), id, 'also of a document that was deleted');
    },
  },
  {
    id: 'writes.in-a-query',
    title: 'a query cannot write',
    async run(backend) {
      await assert.rejects(backend.query('typed:writesInAQuery'));
      assert.equal(await backend.query('read:rows', { table: 'rows', how: 'count' }), 0);
    },
  },
  {
    id: 'writes.system-tables',
    title: 'system tables cannot be written',
    async run(backend) {
      for (const table of ['_storage', '_scheduled_functions', '_tables']) {
        await assert.rejects(
          run(backend, { do: 'insert', table, value: {} }),
          /system|_storage|_scheduled|_tables/i,
          table,
        );
      }
    },
  },
];

/**
 * Convex's limits: what is too large is refused, so that nothing works here and not there.
 */
import assert from 'node:assert/strict';
import type { Check } from '../suite/check.ts';

const MIB = 1_024 * 1_024;

export const limits: Check[] = [
  {
    id: 'limits.document-size',
    title: 'a document of more than 1 MiB',
    async run(backend) {
      await backend.mutation('limits:insertText', { characters: MIB - 1_000 });
      await assert.rejects(backend.mutation('limits:insertText', { characters: MIB + 1 }), /too large/i);
      assert.equal(await backend.query('read:rows', { table: 'rows', how: 'count' }), 1);
    },
  },
  {
    id: 'limits.fields',
    title: 'an object of more than 1,024 fields',
    async run(backend) {
      await backend.mutation('limits:insertFields', { fields: 1_024 });
      await assert.rejects(backend.mutation('limits:insertFields', { fields: 1_025 }), /fields/i);
    },
  },
  {
    id: 'limits.elements',
    title: 'an array of more than 8,192 elements',
    async run(backend) {
      await backend.mutation('limits:insertElements', { elements: 8_192 });
      await assert.rejects(backend.mutation('limits:insertElements', { elements: 8_193 }), /length|elements/i);
    },
  },
  {
    id: 'limits.nesting',
    title: 'a document that is nested more than 16 deep, with itself',
    async run(backend) {
      await backend.mutation('limits:insertNested', { depth: 15 });
      await assert.rejects(backend.mutation('limits:insertNested', { depth: 16 }), /nest/i);
    },
  },
  {
    id: 'limits.field-names',
    title: 'names of fields: no $ in front, only ASCII without control characters, up to 1,024 of them',
    async run(backend) {
      for (const field of ['a', 'A9', '9', 'with space', 'a.b', 'x'.repeat(1_024)]) {
        await backend.mutation('limits:insertNamed', { field });
      }
      for (const field of ['$a', 'a\0', 'ü', 'x'.repeat(1_025)]) {
        await assert.rejects(backend.mutation('limits:insertNamed', { field }), /field/i, JSON.stringify(field));
      }
    },
  },
  {
    id: 'limits.arguments',
    title: 'arguments of more than 16 MiB',
    isLong: true,
    async run(backend) {
      assert.equal(await backend.query('limits:sizeOf', { value: 'x'.repeat(15 * MIB) }), 15 * MIB);
      await assert.rejects(backend.query('limits:sizeOf', { value: 'x'.repeat(17 * MIB) }), /too large|16|413/i);
    },
  },
  {
    id: 'limits.result',
    title: 'a result of more than 16 MiB',
    isLong: true,
    async run(backend) {
      assert.equal((await backend.query<string>('limits:returnMebibytes', { count: 7 })).length, 7 * MIB);
      await assert.rejects(backend.query('limits:returnMebibytes', { count: 17 }), /too large|16/i);
    },
  },
  {
    id: 'limits.written',
    title: 'a mutation that writes more than 16 MiB',
    isLong: true,
    async run(backend) {
      await backend.mutation('limits:insertMebibytes', { count: 5 });
      await assert.rejects(backend.mutation('limits:insertMebibytes', { count: 17 }), /too (much|many|large)|bytes/i);
      assert.equal(await backend.query('read:rows', { table: 'rows', how: 'count' }), 5);
    },
  },
];

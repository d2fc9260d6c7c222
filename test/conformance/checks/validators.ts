/**
 * Validators: of arguments, of what is returned, and of documents; and which functions a client can call.
 */
import assert from 'node:assert/strict';
import type { Check } from '../suite/check.ts';
import { run } from './writes.ts';

const bytes = new Uint8Array([1, 2]).buffer;

/** By field of `typed`: what fits, and what does not. */
const CASES: Record<string, { good: unknown[]; bad: unknown[] }> = {
  string: { good: ['', 'ü'], bad: [1, null, ['a'], true] },
  number: { good: [0, -0, Number.NaN, Number.POSITIVE_INFINITY, 1.5], bad: [1n, '1', null] },
  int64: { good: [0n, -(2n ** 63n), 2n ** 63n - 1n], bad: [1, '1'] },
  boolean: { good: [true, false], bad: [0, 'true', null] },
  bytes: { good: [bytes], bad: ['text', [1, 2]] },
  null: { good: [null], bad: [0, '', false] },
  literal: { good: ['yes'], bad: ['no', true] },
  union: { good: ['a', 1], bad: [1n, null, []] },
  array: { good: [[], [1, 2]], bad: [['a'], [1, 'a'], 1, { 0: 1 }] },
  object: { good: [{ x: 1 }, { x: 1, y: 'b' }], bad: [{}, { x: 'a' }, { x: 1, y: 2 }, { x: 1, z: 1 }, [], null] },
  record: { good: [{}, { a: 1, b: 2 }], bad: [{ a: 'x' }, [1], 1] },
};

const FIELDS = Object.entries(CASES);

export const validators: Check[] = [
  {
    id: 'validators.arguments',
    title: 'arguments of every validator: what fits is taken, what does not is refused and the field named',
    async run(backend) {
      for (const [field, { good, bad }] of FIELDS) {
        for (const value of good)
          assert.deepEqual(await backend.query('typed:echo', { [field]: value }), { [field]: value });
        for (const value of bad) {
          await assert.rejects(
            backend.query('typed:echo', { [field]: value }),
            /validat/i,
            `${field}: ${String(value)}`,
          );
        }
      }
      for (const kind of ['mutation', 'action'] as const) {
        const path = kind === 'mutation' ? 'typed:echoMutation' : 'typed:echoAction';
        await assert.rejects(backend[kind](path, { string: 1 }), /validat/i);
      }
    },
  },
  {
    id: 'validators.documents',
    title: 'documents of every validator, inserted, patched and replaced',
    async run(backend) {
      const [id] = await run<string>(backend, { do: 'insert', table: 'typed', value: {} });
      for (const [field, { good, bad }] of FIELDS) {
        for (const value of good) {
          await run(backend, { do: 'insert', table: 'typed', value: { [field]: value } });
          await run(backend, { do: 'patch', id, value: { [field]: value } });
        }
        for (const value of bad) {
          for (const step of ['insert', 'patch', 'replace']) {
            const steps = { do: step, table: 'typed', ...(step !== 'insert' && { id }), value: { [field]: value } };
            await assert.rejects(run(backend, steps), /schema|validat/i, `${step} ${field}: ${String(value)}`);
          }
        }
      }
      await assert.rejects(run(backend, { do: 'insert', table: 'typed', value: { unknown: 1 } }), /unknown/);
    },
  },
  {
    id: 'validators.ids',
    title: 'an id of another table, and what is no id, do not fit v.id',
    async run(backend) {
      const [row, item] = await run<string>(
        backend,
        { do: 'insert', table: 'rows', value: {} },
        { do: 'insert', table: 'items', value: { position: 1, label: '' } },
      );
      assert.deepEqual(await backend.query('typed:echo', { id: row }), { id: row });
      await run(backend, { do: 'insert', table: 'typed', value: { id: row } });
      for (const bad of [item, 'nonsense', '']) {
        await assert.rejects(backend.query('typed:echo', { id: bad }), /validat|table/i, `argument ${bad}`);
        await assert.rejects(
          run(backend, { do: 'insert', table: 'typed', value: { id: bad } }),
          /schema|validat|table/i,
        );
      }
    },
  },
  {
    id: 'validators.missing-argument',
    title: 'a missing argument and one too many are refused by name',
    async run(backend) {
      await assert.rejects(backend.query('typed:needsX', {}), /\bx\b/);
      await assert.rejects(backend.query('typed:needsX', { x: 'a', surplus: 1 }), /surplus/);
      assert.equal(await backend.query('typed:needsX', { x: 'a' }), 'a');
    },
  },
  {
    id: 'validators.argument-error-name',
    title: 'the message says ArgumentValidationError, as Convex does',
    async run(backend) {
      await assert.rejects(backend.query('typed:needsX', { x: 1 }), /ArgumentValidationError/);
    },
  },
  {
    id: 'validators.none',
    title: 'without validators a function takes any object, and returns any value',
    async run(backend) {
      const args = { a: 1n, b: [null], c: { d: bytes } };
      assert.deepEqual(await backend.query('typed:withoutValidators', args), args);
      assert.deepEqual(await backend.query('typed:withoutValidators'), {});
    },
  },
  {
    id: 'validators.returns',
    title: 'what does not fit the returns validator is an error, and a mutation then has changed nothing',
    async run(backend) {
      await assert.rejects(backend.query('typed:wrongReturn'), /return/i);
      await assert.rejects(backend.mutation('typed:wrongReturnAfterWrite'), /return/i);
      assert.equal(await backend.query('read:rows', { table: 'rows', how: 'count' }), 0);
    },
  },
  {
    id: 'validators.returns-nothing',
    title: 'undefined is returned as null; what is no value of Convex is refused',
    async run(backend) {
      assert.equal(await backend.query('typed:returnsNothing'), null);
      await assert.rejects(backend.query('typed:returnsADate'), /Date|supported/);
    },
  },
  {
    id: 'functions.unknown',
    title: 'a function that does not exist is an error that names it',
    async run(backend) {
      for (const path of ['nothing:here', 'typed:nothing']) {
        await assert.rejects(
          backend.query(path),
          (error: Error) => error.message.includes(path.split(':')[0] ?? path),
          path,
        );
      }
    },
  },
  {
    id: 'functions.wrong-kind',
    title: 'a mutation is no query, and a query no mutation or action',
    async run(backend) {
      await assert.rejects(backend.query('typed:echoMutation'));
      await assert.rejects(backend.mutation('typed:echo'));
      await assert.rejects(backend.action('typed:echo'));
    },
  },
  {
    id: 'functions.internal',
    title: 'a client cannot call internal functions',
    async run(backend) {
      await assert.rejects(backend.query('typed:hidden'), /hidden/);
      await assert.rejects(backend.mutation('typed:hiddenMutation'), /hiddenMutation/);
    },
  },
  {
    id: 'functions.default-export',
    title: 'a module alone is its default export',
    async run(backend) {
      assert.equal(await backend.query('typed:default'), 'the default');
    },
  },
];

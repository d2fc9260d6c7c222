/**
 * Tables of the conformance suite: what they hold says nothing, how they hold it is the subject.
 */
import { defineSchema, defineTable } from 'convex/server';
import { v } from 'convex/values';

/** A field of every validator. */
export const everyValidator = {
  string: v.optional(v.string()),
  number: v.optional(v.number()),
  int64: v.optional(v.int64()),
  boolean: v.optional(v.boolean()),
  bytes: v.optional(v.bytes()),
  null: v.optional(v.null()),
  literal: v.optional(v.literal('yes')),
  union: v.optional(v.union(v.string(), v.number())),
  array: v.optional(v.array(v.number())),
  object: v.optional(v.object({ x: v.number(), y: v.optional(v.string()) })),
  record: v.optional(v.record(v.string(), v.number())),
  id: v.optional(v.id('rows')),
};

export default defineSchema({
  /** Any value, in the order of an index. */
  values: defineTable({ key: v.optional(v.any()), label: v.optional(v.string()) }).index('by_key', ['key']),
  /** Ranges over several fields. */
  rows: defineTable({
    a: v.optional(v.any()),
    b: v.optional(v.any()),
    nested: v.optional(v.any()),
    label: v.optional(v.string()),
  })
    .index('by_a_and_b', ['a', 'b'])
    .index('by_nested', ['nested.x'])
    .searchIndex('by_label', { searchField: 'label', filterFields: ['a'] }),
  typed: defineTable(everyValidator),
  counters: defineTable({ name: v.string(), count: v.number() }).index('by_name', ['name']),
  /** What comes and goes while it is read by pages. */
  items: defineTable({ position: v.number(), label: v.string() }).index('by_position', ['position']),
  texts: defineTable({ text: v.string(), kind: v.string(), language: v.optional(v.string()) }).searchIndex('by_text', {
    searchField: 'text',
    filterFields: ['kind', 'language'],
  }),
  /** What scheduled functions and crons did. */
  marks: defineTable({ label: v.string(), count: v.number(), identity: v.optional(v.any()) }).index('by_label', [
    'label',
  ]),
});

import { defineSchema, defineTable } from 'convex/server';
import { v } from 'convex/values';

export default defineSchema({
  notes: defineTable({ text: v.string(), room: v.optional(v.string()) }).index('by_room', ['room']),
});

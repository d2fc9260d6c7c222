import { v } from 'convex/values';
import { action, query } from './_generated/server.js';

const args = { names: v.array(v.string()) };
const which = ({ names }: { names: string[] }) => names.filter((name) => process.env[name] !== undefined);

/** Those of these environment variables that there are. */
export const inQuery = query({ args, handler: async (_ctx, asked) => which(asked) });
export const inAction = action({ args, handler: async (_ctx, asked) => which(asked) });

/** Functions for tests of the runtime: what functions know of themselves, handles and references of functions. */
import {
  type AnyApi,
  actionGeneric,
  anyApi,
  createFunctionHandle,
  type FunctionReference,
  makeFunctionReference,
  mutationGeneric,
  queryGeneric,
} from 'convex/server';
import { v } from 'convex/values';

type Reference<Kind extends 'query' | 'mutation'> = FunctionReference<Kind, 'public' | 'internal'>;
const { places } = anyApi as AnyApi & { places: { rooms: { default: Reference<'query'>; first: Reference<'query'> } } };

export const inQuery = queryGeneric({
  handler: async ({ meta }) => [
    await meta.getFunctionMetadata(),
    await meta.getDeploymentMetadata(),
    typeof meta.getSnapshotTs(),
  ],
});
export const inMutation = mutationGeneric({ handler: async ({ meta }) => await meta.getRequestMetadata() });
export const inAction = actionGeneric({
  handler: async ({ meta }) => [await meta.getFunctionMetadata(), await meta.getRequestMetadata()],
});
export const metrics = queryGeneric({ handler: async ({ meta }) => await meta.getTransactionMetrics() });

export const byReference = queryGeneric({
  handler: async (ctx) => [await ctx.runQuery(places.rooms.default), await ctx.runQuery(places.rooms.first)],
});
export const byHandle = mutationGeneric({
  handler: async (ctx) => {
    const handle = await createFunctionHandle(makeFunctionReference<'mutation'>('notes:addHidden'));
    await ctx.runMutation(handle, { text: 'by a handle' });
    await ctx.scheduler.runAfter(0, handle, { text: 'by a handle, later' });
    return handle;
  },
});
export const handleOfNothing = mutationGeneric({
  handler: async () => await createFunctionHandle(makeFunctionReference<'mutation'>('notes:nothing')),
});
/** Of a component. */
export const byPath = queryGeneric({
  handler: async (ctx) =>
    await ctx.runQuery({ [Symbol.for('toReferencePath')]: '_reference/childComponent/x/y' } as never),
});
export const stale = mutationGeneric({
  args: { option: v.any() },
  handler: async (ctx, { option }) => await ctx.runQuery(places.rooms.first, {}, option),
});
export const vectors = actionGeneric({
  handler: async (ctx) => await ctx.vectorSearch('notes' as never, 'by_vector' as never, { vector: [1] } as never),
});
export const jwt = mutationGeneric({
  handler: async ({ auth }) => await auth.signJwt({ issuer: 'i', audience: 'a', subject: 's' } as never),
});

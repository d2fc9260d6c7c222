/**
 * Convex's own functions that its command line asks for, at every deployment, by the admin key: `convex data`, `convex function-spec`, and the
 * names of functions that `convex run` shows for one that does not exist. What the embedded cloud has not says so, and what does it instead.
 */
import { internalQueryGeneric, type PaginationOptions, paginationOptsValidator } from 'convex/server';
import { jsonToConvex, type Value, v } from 'convex/values';
import { storedName } from './function-names.ts';
import type { LoadedFunction, Modules, RegisteredFunction } from './modules.ts';
import { NOT_SUPPORTED } from './not-supported.ts';

const FOLDER = '_system/cli';
const component = { componentId: v.optional(v.union(v.string(), v.null())) };

export function systemFunctions(modules: Modules): LoadedFunction[] {
  const tables = Object.keys(modules.schema?.tables ?? {}).map((name) => ({ name }));
  const queries: Record<string, unknown> = {
    'tables:default': internalQueryGeneric({
      args: { paginationOpts: paginationOptsValidator, ...component },
      handler: async () => ({ page: tables, isDone: true, continueCursor: 'end' }),
    }),
    'tableData:default': internalQueryGeneric({
      args: {
        table: v.string(),
        order: v.union(v.literal('asc'), v.literal('desc')),
        paginationOpts: paginationOptsValidator,
        ...component,
      },
      handler: async ({ db }, { table, order, paginationOpts }) => {
        const all = table.startsWith('_') ? db.system.query(table as '_storage') : db.query(table);
        return await all.order(order).paginate(paginationOpts as PaginationOptions);
      },
    }),
    'modules:apiSpec': internalQueryGeneric({ args: component, handler: async () => specification(modules) }),
    'convexUrl:cloudUrl': internalQueryGeneric({
      args: component,
      handler: async () => process.env.CONVEX_CLOUD_URL ?? '',
    }),
    'queryEnvironmentVariables:default': refusal(NOT_SUPPORTED.env),
    'queryEnvironmentVariables:get': refusal(NOT_SUPPORTED.env),
    'queryImport:list': refusal(NOT_SUPPORTED.import),
    'queryImport:default': refusal(NOT_SUPPORTED.import),
    'exports:getLatest': refusal(NOT_SUPPORTED.export),
  };
  return Object.entries(queries).map(([name, registered]) => {
    return { name: `${FOLDER}/${name}`, kind: 'query', isPublic: false, registered: registered as RegisteredFunction };
  });
}

/** As `convex function-spec` prints it. */
function specification({ functions, http }: Modules): Value[] {
  const called = [...functions.values()].map(({ name, kind, isPublic, registered }) => ({
    identifier: storedName(name),
    functionType: kind[0]?.toUpperCase() + kind.slice(1),
    visibility: { kind: isPublic ? 'public' : 'internal' },
    args: jsonToConvex(JSON.parse(registered.exportArgs())),
    returns: jsonToConvex(JSON.parse(registered.exportReturns()) ?? { type: 'any' }),
  }));
  const routed = (http?.getRoutes() ?? []).map(([path, method]) => ({ functionType: 'HttpAction', method, path }));
  return [...called, ...routed];
}

function refusal(sentence: string): unknown {
  return internalQueryGeneric({
    handler: async () => {
      throw new Error(sentence);
    },
  });
}

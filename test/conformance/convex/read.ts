/**
 * Reads as data: a query of Convex's query builder, described by its arguments.
 */
import { paginationOptsValidator, type Query, type QueryInitializer } from 'convex/server';
import { type Infer, type Value, v } from 'convex/values';
import { type QueryCtx, query } from './_generated/server.js';

/** `{absent: true}` stands for undefined, which is no value that arguments can have. */
const operand = v.any();
const source = {
  table: v.string(),
  index: v.optional(v.string()),
  /** `[operator, field, value]` */
  range: v.optional(v.array(v.array(operand))),
  search: v.optional(
    v.object({ field: v.string(), text: v.string(), equal: v.optional(v.record(v.string(), operand)) }),
  ),
  order: v.optional(v.union(v.literal('asc'), v.literal('desc'))),
  /** `{field}`, `{value}` or `{op, of: […]}` */
  filter: v.optional(v.any()),
};
const sourceObject = v.object(source);
type Source = Infer<typeof sourceObject>;

export type Expression = { field: string } | { value: unknown } | { op: string; of: Expression[] };

/** The builders of Convex, by the names of their methods: which of them are called is known at run time. */
type Builder = Record<string, (...args: unknown[]) => Builder>;

export function absentOr(value: Value): unknown {
  const isAbsent = typeof value === 'object' && value !== null && 'absent' in value;
  return isAbsent ? undefined : value;
}

// biome-ignore lint/suspicious/noExplicitAny: of any table
type AnyQuery = Query<any>;

function queryOf(ctx: QueryCtx, { table, index, range, search, order, filter }: Source): AnyQuery {
  const all = ctx.db.query(table as 'rows') as unknown as Builder & QueryInitializer<never>;
  let found = all as unknown as Builder;
  if (search) {
    found = call(found, 'withSearchIndex', index, (q: Builder) => {
      let built = call(q, 'search', search.field, search.text);
      for (const [field, value] of Object.entries(search.equal ?? {}))
        built = call(built, 'eq', field, absentOr(value));
      return built;
    });
  } else if (index) {
    found = call(found, 'withIndex', index, (q: Builder) => {
      let built = q;
      for (const [operator, field, value] of range ?? []) built = call(built, operator, field, absentOr(value ?? null));
      return built;
    });
  }
  if (order) found = call(found, 'order', order);
  if (filter) found = call(found, 'filter', (q: Builder) => expression(q, filter));
  return found as unknown as AnyQuery;
}

function call(builder: Builder, method: string, ...args: unknown[]): Builder {
  const found = builder[method];
  if (!found) throw new Error(`there is no ${method}`);
  return found.apply(builder, args);
}

function expression(q: Builder, part: Expression): unknown {
  if ('field' in part) return call(q, 'field', part.field);
  if ('value' in part) return absentOr(part.value as Value);
  return call(q, part.op, ...part.of.map((each) => expression(q, each)));
}

/** How a query is carried out. `iterate`: row by row, ended after `most` rows. */
const how = v.union(
  v.literal('collect'),
  v.literal('take'),
  v.literal('first'),
  v.literal('unique'),
  v.literal('iterate'),
  v.literal('count'),
);

export const rows = query({
  args: { ...source, how: v.optional(how), most: v.optional(v.number()) },
  handler: async (ctx, { how = 'collect', most = 1, ...args }): Promise<Value> => {
    const found = queryOf(ctx, args);
    switch (how) {
      case 'collect':
        return await found.collect();
      case 'take':
        return await found.take(most);
      case 'first':
        return await found.first();
      case 'unique':
        return await found.unique();
      case 'count':
        return (await found.collect()).length;
      case 'iterate':
        return await iterate(found, most);
    }
  },
});

async function iterate(found: AnyQuery, most: number): Promise<Value[]> {
  const rows: Value[] = [];
  for await (const row of found) {
    rows.push(row);
    if (rows.length === most) break;
  }
  return rows;
}

export const page = query({
  args: { ...source, paginationOpts: paginationOptsValidator },
  handler: async (ctx, { paginationOpts, ...args }) => await queryOf(ctx, args).paginate(paginationOpts),
});

/** As `usePaginatedQuery` asks: the arguments of the query beside those of the page. */
export const itemsPage = query({
  args: { paginationOpts: paginationOptsValidator },
  handler: async (ctx, { paginationOpts }) =>
    await ctx.db.query('items').withIndex('by_position').paginate(paginationOpts),
});

export const twoPages = query({
  args: {},
  handler: async (ctx) => {
    const first = await ctx.db.query('items').paginate({ cursor: null, numItems: 1 });
    return [first, await ctx.db.query('items').paginate({ cursor: first.continueCursor, numItems: 1 })];
  },
});

export const get = query({
  args: { table: v.optional(v.string()), id: v.string() },
  handler: async (ctx, { table, id }): Promise<Value> =>
    table === undefined ? await ctx.db.get(id as never) : await ctx.db.get(table as never, id as never),
});

export const normalizeId = query({
  args: { table: v.string(), id: v.string() },
  handler: async (ctx, { table, id }) => ctx.db.normalizeId(table as 'rows', id),
});

export const systemRows = query({
  args: { table: v.union(v.literal('_storage'), v.literal('_scheduled_functions')) },
  handler: async (ctx, { table }): Promise<Value[]> => (await ctx.db.system.query(table).collect()) as Value[],
});

export const systemGet = query({
  args: { id: v.string() },
  handler: async (ctx, { id }): Promise<Value> => (await ctx.db.system.get(id as never)) as Value,
});

export const now = query({ args: {}, handler: async () => Date.now() });

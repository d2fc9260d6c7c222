/**
 * The official React client against the embedded cloud: `usePaginatedQuery` shows every row once while rows are written and deleted.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ConvexProvider, ConvexReactClient, type UsePaginatedQueryReturnType, usePaginatedQuery } from 'convex/react';
// @ts-expect-error: its types are not among our packages
import { createElement } from 'react';
// @ts-expect-error: it has no types
import { create } from 'react-test-renderer';
import { WebSocket } from 'ws';
import { seededRandom } from '../../support/random.ts';
import { byClients } from '../backends/by-clients.ts';
import { startEmbeddedCloudOfSuite } from '../backends/embedded-server.ts';
import { api } from '../convex/_generated/api.js';
import type { Backend } from '../suite/backend.ts';
import { holdsSoon } from '../suite/soon.ts';

type Items = UsePaginatedQueryReturnType<typeof api.read.itemsPage>;

const ROWS = 1_000;
const ROWS_AT_ONCE = 10;
const ROWS_OF_A_PAGE = 25;

let server: Awaited<ReturnType<typeof startEmbeddedCloudOfSuite>>;
let backend: Backend;
let client: ConvexReactClient;
before(async () => {
  server = await startEmbeddedCloudOfSuite();
  backend = byClients({ name: 'embedded', siteUrl: server.url, restart: async () => {}, ...server, url: server.url });
  client = new ConvexReactClient(server.url, {
    webSocketConstructor: WebSocket as never,
    unsavedChangesWarning: false,
    logger: false,
  });
});
after(async () => {
  await client.close();
  await backend.close();
});

/** Shows all that is loaded, and loads more whenever there is more. */
function List({ onShown }: { onShown(items: Items): void }): null {
  const items = usePaginatedQuery(api.read.itemsPage, {}, { initialNumItems: ROWS_OF_A_PAGE });
  onShown(items);
  if (items.status === 'CanLoadMore') setImmediate(() => items.loadMore(ROWS_OF_A_PAGE));
  return null;
}

test(`no row is lost or doubled while ${ROWS} rows are written and a third of them deleted`, async () => {
  const random = seededRandom(15);
  const insertion = () => ({ do: 'insert', table: 'items', value: { position: random.next(), label: '' } });
  const write = (steps: object[]) => backend.mutation<string[]>('write:run', { steps });
  const staying = new Set(await write(Array.from({ length: 100 }, insertion)));
  const positionOf = new Map<string, number>();
  for (const { _id, position } of await allRows()) positionOf.set(_id, position);
  let shown: Items | undefined;
  let renders = 0;
  const faults: string[] = [];

  const onShown = (items: Items) => {
    shown = items;
    renders += 1;
    const ids = items.results.map(({ _id }) => _id as string);
    if (new Set(ids).size !== ids.length) faults.push(`render ${renders}: a row is doubled`);
    const last = items.results.at(-1)?.position ?? Number.NEGATIVE_INFINITY;
    for (const id of staying) {
      if ((positionOf.get(id) ?? 0) < last && !ids.includes(id)) faults.push(`render ${renders}: a row is lost`);
    }
  };
  const list = create(createElement(ConvexProvider, { client }, createElement(List, { onShown })));
  try {
    const written: string[] = [];
    for (let count = 0; count < ROWS; count += ROWS_AT_ONCE) {
      const gone = Array.from({ length: 3 }, () => written.splice(random.integer(0, written.length - 1), 1)[0]);
      const deletions = gone.flatMap((id) => (id === undefined ? [] : [{ do: 'delete', id }]));
      const results = await write([...Array.from({ length: ROWS_AT_ONCE }, insertion), ...deletions]);
      written.push(...results.slice(0, ROWS_AT_ONCE));
    }
    const all = (await allRows()).map(({ _id }) => _id);
    assert.equal(all.length, staying.size + written.length);
    await holdsSoon(async () => {
      assert.equal(shown?.status, 'Exhausted');
      assert.deepEqual(
        shown?.results.map(({ _id }) => _id),
        all,
      );
    });
    assert.deepEqual(faults, []);
    assert.ok(renders > ROWS / ROWS_OF_A_PAGE, `only ${renders} renders: nothing was shown while it was written`);
  } finally {
    list.unmount();
  }
});

async function allRows(): Promise<{ _id: string; position: number }[]> {
  return await backend.query('read:rows', { table: 'items', index: 'by_position' });
}

/** Modules of convex/: how they are found, and that everything which cannot run is told at once. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { loadModules } from '../../src/cloud/runtime/modules.ts';
import { EarshotError } from '../../src/core/errors.ts';
import { NOBODY, openFunctions, temporaryFolder } from '../support/function-runtime.ts';
import { testClock } from '../support/simulated-clock.ts';

const SERVER = import.meta.resolve('convex/server');
const VALUES = import.meta.resolve('convex/values');

function modulesOf(t: TestContext, files: Record<string, string>): URL {
  const folder = temporaryFolder(t);
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return pathToFileURL(`${folder}/`);
}

test('a module in a folder, and default exports', async (t) => {
  const { query, runtime } = await openFunctions(t, { clock: testClock() });
  for (const path of ['places/rooms', 'places/rooms.js', 'places/rooms:default', 'places/rooms.js:default']) {
    assert.equal(await query(path), 'the default');
  }
  assert.equal(await query('places/rooms:first'), 'the first');
  assert.equal(runtime.kindOf('rooms:first', NOBODY), undefined);
  await assert.rejects(query('places/none'), /Could not find public function for 'places\/none'\./);
});

test('what is no module is left out', async (t) => {
  const bad = 'throw new Error("it was loaded")';
  const source = modulesOf(t, {
    'a.js': `import { queryGeneric } from '${SERVER}'; export const q = queryGeneric({ handler: async () => 1 }); export const plain = () => 2;`,
    '_generated/api.js': bad,
    'a.test.js': bad,
    'types.d.ts': bad,
    '.hidden.js': bad,
    '.hidden/a.js': bad,
    'node_modules/a/a.js': bad,
    'readme.md': bad,
  });
  const { functions, problems } = await loadModules(source);
  assert.deepEqual([...functions.keys()], ['a:q']);
  assert.deepEqual(problems, []);
});

test('what cannot run is refused at the start, all of it at once', async (t) => {
  const source = modulesOf(t, {
    'schema.js': `import { defineSchema, defineTable } from '${SERVER}'; import { v } from '${VALUES}';
      export default defineSchema({ texts: defineTable({ e: v.array(v.number()) }).vectorIndex('by_e', { vectorField: 'e', dimensions: 3 }) });`,
    'convex.config.js': `import { defineApp } from '${SERVER}'; const app = defineApp();
      app.use({ componentDefinitionPath: 'x', defaultName: 'limiter' }); export default app;`,
    'crons.js': `import { cronJobs, makeFunctionReference } from '${SERVER}'; const crons = cronJobs();
      crons.cron('last friday', '0 0 * * 5L', makeFunctionReference('in-node:act'));
      crons.interval('of nothing', { hours: 1 }, makeFunctionReference('nothing:at-all')); export default crons;`,
    'http.js': 'export default {};',
    'in-node.js': `"use node"; import { actionGeneric, mutationGeneric } from '${SERVER}';
      export const act = actionGeneric({ handler: async () => 1 }); export const write = mutationGeneric({ handler: async () => 1 });`,
    'broken.js': 'throw new Error("broken")',
    'undefined.js': `import { queryGeneric } from '${SERVER}'; export const q = queryGeneric({ args: { a: undefined }, handler: async () => 1 });`,
  });
  await assert.rejects(openFunctions(t, { clock: testClock(), source }), (error: unknown) => {
    assert.ok(error instanceof EarshotError);
    assert.equal(error.code, 'cloud_refused');
    const [first, ...problems] = error.message.split('\n');
    assert.equal(first, 'The embedded cloud cannot run the functions of convex/:');
    assert.deepEqual(
      problems.map((problem) => problem.replace(/^- /, '').replace(/(field "a").*/, '$1')).sort(),
      [
        'broken.js cannot be loaded: broken',
        'in-node:write is a mutation in a module with "use node", which may have actions only',
        'the component “limiter”: there are no components',
        'the cron “last friday”: “5L” is no day of the week that the embedded cloud understands',
        'the cron “of nothing”: nothing:at-all is no mutation or action',
        'the default export of convex/http.ts is not a router (httpRouter() of convex/server)',
        'the vector index texts.by_e: there is no vector search',
        'undefined:q: A validator is undefined for field "a"',
      ].sort(),
    );
    return true;
  });
});

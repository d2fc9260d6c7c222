/**
 * What `npm run structure:check` refuses: each kind of violation is tested in the real project, with one additional
 * module.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { folderCycles, moduleCycles } from '../../deploy/structure/cycles.ts';
import { sharedNames } from '../../deploy/structure/exported-names.ts';
import { type Layer, layeringFaults, layerOf, tableFaults } from '../../deploy/structure/layering.ts';
import { LAYERS } from '../../deploy/structure/layers.ts';
import { type Modules, readModule, readModules } from '../../deploy/structure/modules.ts';

const project = readModules(fileURLToPath(new URL('../../', import.meta.url)));

function withModules(sources: Record<string, string>): Modules {
  const added = Object.entries(sources).map(([path, source]) => [path, readModule(path, source)] as const);
  return new Map([...project, ...added]);
}

/** The violations of one additional module. */
function faultsOf(path: string, source: string): string[] {
  return layeringFaults(project, LAYERS, [readModule(path, source)]);
}

const up = (path: string) => '../'.repeat(path.split('/').length - 1);

/** Of each layer a module that is not in one of its inner layers. */
const targetOf = new Map([...project.keys()].map((path) => [layerOf(path, LAYERS), path] as const));

test('the project keeps to its own rules', () => {
  const faults = [tableFaults(project, LAYERS), layeringFaults(project, LAYERS), sharedNames(project)];
  assert.deepEqual([...faults, moduleCycles(project), folderCycles(project)].flat(), []);
});

describe('layers', () => {
  test('each forbidden import of a layer is refused: code, types, import() and re-exports', () => {
    let tried = 0;
    for (const layer of LAYERS.filter(({ path }) => !path.endsWith('.ts'))) {
      const path = `${layer.path}/one-more.ts`;
      const allowed = [...layer.imports, ...(layer.deferred ?? [])];
      const targets = LAYERS.filter((other) => other !== layer)
        .map((other) => targetOf.get(other))
        .filter((target) => target !== undefined)
        .filter((target) => !allowed.some((folder) => target === folder || target.startsWith(`${folder}/`)));
      const lines = targets
        .map((target) => JSON.stringify(up(path) + target))
        .flatMap((name) => [
          `import ${name};`,
          `import type { Any } from ${name};`,
          `export type { Any } from ${name};`,
          `export * from ${name};`,
          `const any = await import(${name});`,
          `type Any = import(${name}).Any;`,
        ]);
      tried += lines.length;
      const faulty = faultsOf(path, lines.join('\n')).map((fault) => Number(/^[^:]+:(\d+):/.exec(fault)?.[1]));
      const missed = lines.filter((_, i) => !faulty.includes(i + 1));
      assert.deepEqual(missed, [], path);
    }
    assert.ok(tried > 1_000, `${tried} imports`);
  });

  for (const [path, source, what] of [
    ['machines/one-more.ts', "import 'node:fs';", 'a machine that uses a file'],
    ['machines/one-more.ts', "import '../actors/sound/open.ts';", 'a machine that imports an actor'],
    ['machines/one-more.ts', "import '../src/core/actor/scope.ts';", 'a machine with a scope'],
    ['actors/codec/one-more.ts', "import 'xstate';", 'an actor that imports xstate'],
    [
      'actors/codec/one-more.ts',
      "import type { Any } from '../../machines/link.ts';",
      'the type of a machine in an actor',
    ],
    ['actors/codec/one-more.ts', "import '../../src/device/device.ts';", 'an actor that imports a composition root'],
    [
      'actors/codec/one-more.ts',
      "import '../../src/cli/terminal/output.ts';",
      'an actor that imports the command line',
    ],
    ['actors/playback/one-more.ts', "import 'ws';", 'a socket outside of the network'],
    ['actors/playback/one-more.ts', "const naudiodon = require('naudiodon');", 'a sound card outside of actors/sound'],
    ['convex/one-more.ts', "import '../machines/link.ts';", 'the cloud that imports a machine'],
    ['convex/one-more.ts', "import 'node:crypto';", 'the cloud with modules of Node'],
    ['src/protocol/one-more.ts', "import 'node:buffer';", 'the wire with modules of Node'],
    ['src/protocol/one-more.ts', "import '../core/errors.ts';", 'the wire that imports another part'],
    ['src/core/log/one-more.ts', "import '../actor/scope.ts';", 'the log that imports actors'],
    ['src/server/one-more.ts', "import '../gateway/gateway.ts';", 'a server that imports the gateway'],
    [
      'src/observability/inspect/one-more.ts',
      "import '../../device/device.ts';",
      'an inspector that imports the device',
    ],
    ['src/observability/inspect/page/one-more.ts', "import 'node:fs';", 'a page with modules of Node'],
    [
      'src/observability/inspect/page/one-more.ts',
      "import '../../../../machines/link.ts';",
      'a page that imports a machine',
    ],
    [
      'src/gateway/one-more.ts',
      "import type { Any } from '../cloud/process.ts';",
      'a gateway inside the embedded cloud',
    ],
    ['src/gateway/one-more.ts', "import '../device/device.ts';", 'a gateway that imports the device'],
    ['src/core/one-more/one-more.ts', '', 'a folder without a layer'],
  ] as const)
    test(`refused: ${what}`, () => assert.equal(faultsOf(path, source).length, 1));

  test('a deferred import is permitted as a type or by import(), and not otherwise', () => {
    const [path, name] = ['src/device/one-more.ts', "'../observability/inspect/inspector.ts'"];
    assert.deepEqual(faultsOf(path, `import type { Any } from ${name}; const any = await import(${name});`), []);
    assert.deepEqual(faultsOf(path, `import { any } from ${name};`), [
      `${path}:1: src/device may not import src/observability/inspect/inspector.ts but for its types, or by import() when it is needed`,
    ]);
  });

  test('a table that permits a higher layer, or names a missing folder, is refused', () => {
    const layers: Layer[] = [
      { path: 'src/protocol', imports: ['src/core/errors.ts', 'src/nowhere'] },
      { path: 'src/core/errors.ts', imports: [] },
      { path: 'src/elsewhere', imports: [] },
    ];
    assert.deepEqual(tableFaults(project, layers), [
      'deploy/structure/layers.ts: src/protocol may import src/core/errors.ts, which comes after it in the table',
      'deploy/structure/layers.ts: src/protocol may import src/nowhere, which is not a layer',
      'deploy/structure/layers.ts: src/elsewhere: there is no such folder',
    ]);
  });
});

describe('circles', () => {
  test('of modules: types are imports', () => {
    const modules = withModules({
      'actors/codec/one.ts': "import { type Three, two } from './two.ts';",
      'actors/codec/two.ts': "\nexport type { Three } from './three.ts';",
      'actors/codec/three.ts': "\n\nexport type Three = import('./one.ts').One;",
    });
    assert.deepEqual(moduleCycles(modules), [
      [
        'modules import each other in a circle:',
        '    actors/codec/one.ts:1 → actors/codec/two.ts',
        '    actors/codec/two.ts:2 → actors/codec/three.ts',
        '    actors/codec/three.ts:3 → actors/codec/one.ts',
      ].join('\n'),
    ]);
  });

  test('of folders: no two modules import each other, but the folders do', () => {
    const modules = withModules({
      'actors/codec/one.ts': "import type { Two } from '../playback/two.ts';",
      'actors/playback/two.ts': '',
      'actors/playback/three.ts': "import type { Four } from '../codec/inside/four.ts';",
      'actors/codec/inside/four.ts': '',
    });
    assert.equal(moduleCycles(modules).length, 0);
    assert.equal(folderCycles(modules).length, 1);
    assert.match(folderCycles(modules)[0] ?? '', /actors\/codec → actors\/playback: actors\/codec\/one.ts:1/);
  });

  test('of a folder and one inside it', () => {
    const modules = withModules({
      'actors/codec/one.ts': "import './inside/two.ts';",
      'actors/codec/inside/two.ts': "import '../three.ts';",
      'actors/codec/three.ts': '',
    });
    assert.equal(moduleCycles(modules).length, 0);
    assert.equal(folderCycles(modules).length, 1);
  });
});

describe('names', () => {
  test('two declarations of one name are refused, in any place', () => {
    const modules = withModules({
      'actors/codec/one.ts': 'export interface OneMore {}',
      'machines/two.ts': 'export class OneMore {}',
    });
    assert.deepEqual(sharedNames(modules), [
      'OneMore is exported with 2 meanings: actors/codec/one.ts:1, machines/two.ts:1',
    ]);
  });

  test('a re-exported name is the same thing; a name that hides another one is not', () => {
    const one = { 'actors/codec/one.ts': 'export interface OneMore {}\nexport interface Other {}' };
    const handedOn =
      "import { Other as Mine } from './one.ts'; export { OneMore } from './one.ts'; export { Mine as Other };";
    assert.deepEqual(sharedNames(withModules({ ...one, 'actors/codec/two.ts': handedOn })), []);
    const renamed = "export { Other as OneMore } from './one.ts';";
    assert.equal(sharedNames(withModules({ ...one, 'actors/codec/two.ts': renamed })).length, 1);
  });

  test('functions of Convex have their file as a namespace; other exports of the file do not', () => {
    const made = "import { query } from './_generated/server.js';\nexport const oneMore = query({});";
    assert.deepEqual(sharedNames(withModules({ 'convex/one.ts': made, 'convex/two.ts': made })), []);
    const plain = 'export const oneMore = 1;';
    assert.equal(
      sharedNames(withModules({ 'convex/one.ts': made, 'convex/two.ts': plain, 'machines/two.ts': plain })).length,
      1,
    );
  });

  test('an exception that is not needed any more is refused', () => {
    assert.deepEqual(
      sharedNames(project, new Map([['createScope', 'no reason']])).filter((fault) => /createScope/.test(fault)),
      ['deploy/structure/exported-names.ts: createScope does not need its exception any more'],
    );
  });
});

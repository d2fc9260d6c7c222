/**
 * Every module of the project with what it imports and exports, types included. The parser is oxc's: TypeScript 7 has no stable API
 * of its own, and tools that are built on TypeScript's old one do not read it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { type EcmaScriptModule, type Program, parseSync, Visitor } from 'oxc-parser';

export interface Import {
  /** A path from the root of the project, the name of a package, or `node:…`. */
  target: string;
  line: number;
  /** A type, or code that is loaded when it is needed: `import type`, `import()`, `require()`. */
  isDeferred: boolean;
}

/** What an exported name stands for: a declaration of this module, or an export of the module `from`. */
export interface Export {
  name: string;
  line: number;
  local: string;
  from?: string;
  /** The function whose result it is: `query` in `export const list = query(…)`. */
  madeBy?: string;
}

export interface Module {
  path: string;
  imports: Import[];
  exports: Export[];
}

/** By path from the root of the project. */
export type Modules = ReadonlyMap<string, Module>;

const FOLDERS = ['src', 'actors', 'machines', 'convex', 'examples', 'deploy', 'test'];
/** Made by Convex: it imports every function file, and each of them imports it. */
export const GENERATED = 'convex/_generated';

export function readModules(root: string): Modules {
  const paths = FOLDERS.flatMap((folder) => {
    const entries = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
    return entries.map((entry) => posix.join(folder, entry));
  });
  const ours = paths.filter((path) => /\.(ts|mjs)$/.test(path) && !/\.d\.ts$/.test(path) && !isIn(path, GENERATED));
  return new Map(ours.sort().map((path) => [path, readModule(path, readFileSync(join(root, path), 'utf8'))]));
}

export function readModule(path: string, source: string): Module {
  const parsed = parseSync(path, source, { sourceType: 'module' });
  const [error] = parsed.errors;
  if (error) throw new Error(`${path} cannot be parsed: ${error.message}`);
  const lines = lineStarts(source);
  const place: Place = { path, lineOf: (offset) => lines.findLastIndex((start) => start <= offset) + 1 };
  const imports = importsOf(parsed.module, place);
  // Walking the whole tree costs more than all else: only where there can be something to find.
  if (/\b(import|require)\s*\(/.test(source)) imports.push(...deferredImportsOf(parsed.program, place));
  return { path, imports, exports: exportsOf(parsed.module, place, () => makersOf(parsed.program)) };
}

export function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

interface Place {
  path: string;
  lineOf(offset: number): number;
}

function importsOf({ staticImports, staticExports }: EcmaScriptModule, { path, lineOf }: Place): Import[] {
  const imports = staticImports.map(({ moduleRequest, entries, start }) => {
    const isDeferred = entries.length > 0 && entries.every(({ isType }) => isType);
    return { target: targetOf(path, moduleRequest.value), line: lineOf(start), isDeferred };
  });
  const reexports = staticExports.flatMap(({ entries }) => entries).filter(({ moduleRequest }) => moduleRequest);
  return imports.concat(
    reexports.map(({ moduleRequest, start, isType }) => {
      return { target: targetOf(path, moduleRequest?.value ?? ''), line: lineOf(start), isDeferred: isType };
    }),
  );
}

/** Where the name of the module is not written out, nothing can be said about it. */
function deferredImportsOf(program: Program, { path, lineOf }: Place): Import[] {
  const imports: Import[] = [];
  const add = (name: unknown, start: number) => {
    if (typeof name === 'string') imports.push({ target: targetOf(path, name), line: lineOf(start), isDeferred: true });
  };
  new Visitor({
    TSImportType: ({ source, start }) => add(source.value, start),
    ImportExpression: ({ source, start }) => add(source.type === 'Literal' && source.value, start),
    CallExpression({ callee, arguments: [first], start }) {
      if (callee.type === 'Identifier' && callee.name === 'require')
        add(first?.type === 'Literal' && first.value, start);
    },
  }).visit(program);
  return imports;
}

function exportsOf(module: EcmaScriptModule, { path, lineOf }: Place, makers: () => Map<string, string>): Export[] {
  const imported = new Map(
    module.staticImports.flatMap(({ moduleRequest, entries }) => {
      const from = targetOf(path, moduleRequest.value);
      return entries.map(({ localName, importName }) => [localName.value, { local: importName.name ?? '*', from }]);
    }),
  );
  const madeBy = isIn(path, 'convex') ? makers() : undefined;
  return module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ exportName, localName, importName, moduleRequest, start }) => {
      const { name } = exportName;
      if (!name) return []; // export * from …
      const line = lineOf(start);
      if (moduleRequest)
        return { name, line, local: importName.name ?? '*', from: targetOf(path, moduleRequest.value) };
      const local = localName.name ?? name;
      const maker = madeBy?.get(local);
      return { name, line, ...(imported.get(local) ?? { local }), ...(maker && { madeBy: maker }) };
    }),
  );
}

/** The function that made each exported constant. */
function makersOf(program: Program): Map<string, string> {
  const makers = new Map<string, string>();
  for (const statement of program.body) {
    if (statement.type !== 'ExportNamedDeclaration' || statement.declaration?.type !== 'VariableDeclaration') continue;
    for (const { id, init } of statement.declaration.declarations)
      if (id.type === 'Identifier' && init?.type === 'CallExpression' && init.callee.type === 'Identifier')
        makers.set(id.name, init.callee.name);
  }
  return makers;
}

/** The path from the root, or the package without the path in it. */
function targetOf(importer: string, specifier: string): string {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(importer), specifier);
  if (specifier.startsWith('node:')) return specifier;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function lineStarts(source: string): number[] {
  const starts = [0];
  for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/**
 * The modules of convex/, as they are loaded: TypeScript from source, JavaScript from the bundle. What a deployment would not take for a
 * module is left out as there: generated code, type declarations, names with a second dot.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { HttpRouter, SchemaDefinition } from 'convex/server';
import { messageOf } from '../../core/errors.ts';
import type { FunctionKind } from './runtime.ts';

/** What convex/server makes of `query({…})`. */
export interface RegisteredFunction {
  isQuery?: boolean;
  isMutation?: boolean;
  isAction?: boolean;
  isPublic?: boolean;
  invokeQuery?(args: string): Promise<string>;
  invokeMutation?(args: string): Promise<string>;
  invokeAction?(requestId: string, args: string): Promise<string>;
  /** Validators as JSON; of the result `null` where there is none. */
  exportArgs(): string;
  exportReturns(): string;
}

export interface LoadedFunction {
  /** `folder/module:export` */
  name: string;
  kind: FunctionKind;
  isPublic: boolean;
  registered: RegisteredFunction;
}

export interface Modules {
  /** By canonical name. */
  functions: ReadonlyMap<string, LoadedFunction>;
  schema: SchemaDefinition<never, true> | undefined;
  /** Default exports, where there are such modules. They are not checked yet. */
  crons: unknown;
  http: HttpRouter | undefined;
  authConfig: unknown;
  convexConfig: unknown;
  /** What a deployment would refuse, in one sentence each. */
  problems: string[];
}

type Exports = Record<string, unknown>;

/** @param source folder of the modules, with `/` at its end */
export async function loadModules(source: URL): Promise<Modules> {
  const problems: string[] = [];
  const functions = new Map<string, LoadedFunction>();
  const modules = new Map<string, Exports>();
  for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(isModule).sort()) {
    const name = file.replace(/\.[jt]sx?$/, '').replaceAll('\\', '/');
    const url = new URL(file, source);
    try {
      const exports = (await import(url.href)) as Exports;
      modules.set(name, exports);
      const found = functionsOf(name, exports);
      if (runsInNode(url)) problems.push(...found.flatMap(notForNode));
      for (const fn of found) functions.set(fn.name, fn);
    } catch (error) {
      problems.push(`${file} cannot be loaded: ${messageOf(error)}`);
    }
  }
  return {
    functions,
    schema: modules.get('schema')?.default as SchemaDefinition<never, true> | undefined,
    crons: modules.get('crons')?.default,
    http: modules.get('http')?.default as HttpRouter | undefined,
    authConfig: modules.get('auth.config')?.default,
    convexConfig: modules.get('convex.config')?.default,
    problems,
  };
}

/** `auth.config` and `convex.config` alone may have a second dot. */
function isModule(file: string): boolean {
  if (/(^|[\\/])(_generated|node_modules|\.[^\\/]*)[\\/]/.test(file)) return false;
  return /(^|[\\/])[^.#\s\\/]+\.[jt]sx?$/.test(file) || /^(auth|convex)\.config\.[jt]s$/.test(file);
}

function functionsOf(module: string, exports: Exports): LoadedFunction[] {
  return Object.entries(exports).flatMap(([name, value]) => {
    const kind = kindOf(value);
    if (!kind) return [];
    const registered = value as RegisteredFunction;
    return [{ name: `${module}:${name}`, kind, isPublic: registered.isPublic === true, registered }];
  });
}

function kindOf(value: unknown): FunctionKind | undefined {
  if (typeof value !== 'function') return undefined;
  if ('isQuery' in value) return 'query';
  if ('isMutation' in value) return 'mutation';
  return 'isAction' in value ? 'action' : undefined;
}

function runsInNode(url: URL): boolean {
  return /^\s*(?:\/\/[^\n]*\n\s*|\/\*[\s\S]*?\*\/\s*)*["']use node["']/.test(readFileSync(url, 'utf8').slice(0, 4_096));
}

function notForNode({ name, kind }: LoadedFunction): string[] {
  return kind === 'action' ? [] : [`${name} is a ${kind} in a module with "use node", which may have actions only`];
}

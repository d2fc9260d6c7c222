/** No two exports have the same name, so that a name has one meaning. Pure. */
import { isIn, type Modules } from './modules.ts';

/** The folders whose names are compared. Tests and build steps export only for themselves. */
const FOLDERS = ['src', 'actors', 'machines', 'convex'];

/** Convex calls a function by its file and its name (`api.turns.list`): each file is a namespace. */
const CONVEX_FUNCTIONS = ['query', 'mutation', 'action', 'internalQuery', 'internalMutation', 'internalAction'];

/** Names that two exports share on purpose. */
const EXCEPTIONS: ReadonlyMap<string, string> = new Map([
  ['startLoopbackGateway', "the device's bundle replaces loopback-gateway.ts by unavailable-gateway.ts"],
]);

export function sharedNames(modules: Modules, exceptions: ReadonlyMap<string, string> = EXCEPTIONS): string[] {
  const declarations = new Map<string, Map<string, string>>();
  for (const module of modules.values()) {
    if (!FOLDERS.some((folder) => isIn(module.path, folder))) continue;
    for (const { name, local, from, line, madeBy } of module.exports) {
      if (name === 'default' || (madeBy && CONVEX_FUNCTIONS.includes(madeBy))) continue;
      const places = declarations.get(name) ?? new Map<string, string>();
      declarations.set(name, places);
      const declaration = from ? origin(modules, from, local) : `${module.path}#${local}`;
      if (!places.has(declaration) || !from) places.set(declaration, `${module.path}:${line}`);
    }
  }
  const shared = [...declarations].filter(([name, places]) => places.size > 1 && !exceptions.has(name));
  const unused = [...exceptions.keys()].filter((name) => (declarations.get(name)?.size ?? 0) < 2);
  return [
    ...shared.map(
      ([name, places]) => `${name} is exported with ${places.size} meanings: ${[...places.values()].join(', ')}`,
    ),
    ...unused.map((name) => `deploy/structure/exported-names.ts: ${name} does not need its exception any more`),
  ];
}

/** The declaration of a name that a module re-exports. */
function origin(modules: Modules, path: string, name: string): string {
  const found = modules.get(path)?.exports.find((exported) => exported.name === name);
  return found?.from ? origin(modules, found.from, found.local) : `${path}#${found?.local ?? name}`;
}

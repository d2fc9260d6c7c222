/** Whether every import is one that the table of layers allows, and whether the table is one. Pure. */
import { GENERATED, isIn, type Modules } from './modules.ts';

export interface Layer {
  /** A folder with all that is in it, or one file. Where several fit, the longest counts. */
  path: string;
  /** What it may import besides itself: layers, or folders of layers, that stand before it in the table. */
  imports: readonly string[];
  /** Of these only types, and code by `import()` when it is needed: they cost nothing before. */
  deferred?: readonly string[];
  /** From npm; `node` are the modules of Node itself. */
  packages?: readonly string[];
}

export function layeringFaults(modules: Modules, layers: readonly Layer[], which = [...modules.values()]): string[] {
  const faults: string[] = [];
  for (const module of which) {
    const layer = layerOf(module.path, layers);
    if (!layer) {
      faults.push(`${module.path}: no layer has it. Give its folder a row in deploy/structure/layers.ts`);
      continue;
    }
    for (const { target, line, isDeferred } of module.imports) {
      const place = `${module.path}:${line}: ${layer.path} may not import ${target}`;
      if (!modules.has(target) && !isIn(target, GENERATED)) {
        if (!mayUse(layer, target)) faults.push(`${place}: the package is not among its packages`);
        continue;
      }
      if (layerOf(target, layers) === layer || includes(layer.imports, target)) continue;
      if (!includes(layer.deferred, target)) faults.push(place);
      else if (!isDeferred) faults.push(`${place} but for its types, or by import() when it is needed`);
    }
  }
  return [...new Set(faults)];
}

/** A layer imports only what stands before it: so there are no circles of layers. */
export function tableFaults(modules: Modules, layers: readonly Layer[]): string[] {
  const known = [...modules.keys(), GENERATED];
  return layers.flatMap((layer, index) => {
    const faults: string[] = [];
    if (!known.some((path) => isIn(path, layer.path))) faults.push(`${layer.path}: there is no such folder`);
    for (const path of [...layer.imports, ...(layer.deferred ?? [])]) {
      const inside = layers.filter((other) => isIn(other.path, path));
      const around = known.includes(path) ? layerOf(path, layers) : undefined;
      const named = inside.length === 0 && around ? [around] : inside;
      if (named.length === 0) faults.push(`${layer.path} may import ${path}, which is no layer`);
      for (const other of named)
        if (layers.indexOf(other) >= index && other !== layer)
          faults.push(`${layer.path} may import ${other.path}, which stands after it in the table`);
    }
    return faults.map((fault) => `deploy/structure/layers.ts: ${fault}`);
  });
}

export function layerOf(path: string, layers: readonly Layer[]): Layer | undefined {
  const fitting = layers.filter((layer) => isIn(path, layer.path));
  return fitting.sort((a, b) => b.path.length - a.path.length)[0];
}

function includes(allowed: readonly string[] | undefined, path: string): boolean {
  return allowed?.some((folder) => isIn(path, folder)) ?? false;
}

function mayUse({ packages }: Layer, target: string): boolean {
  return packages?.includes(target.startsWith('node:') ? 'node' : target) ?? false;
}

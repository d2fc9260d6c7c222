/** Whether every import is permitted by the table of layers, and whether the table is valid. Pure. */
import { GENERATED, isGenerated, isIn, type Modules } from './modules.ts';

export interface Layer {
  /** A folder with everything in it, or one file. If several rows match, the longest path counts. */
  path: string;
  /** What it may import besides itself: layers, or folders of layers, that come before it in the table. */
  imports: readonly string[];
  /** Of these it may import only types, and code by `import()` when it is needed: they cost nothing until then. */
  deferred?: readonly string[];
  /** Packages of npm; `node` stands for the modules of Node itself. */
  packages?: readonly string[];
}

export function layeringFaults(modules: Modules, layers: readonly Layer[], which = [...modules.values()]): string[] {
  const faults: string[] = [];
  for (const module of which) {
    const layer = layerOf(module.path, layers);
    if (!layer) {
      faults.push(`${module.path}: it is in no layer. Add a row for its folder to deploy/structure/layers.ts`);
      continue;
    }
    for (const { target, line, isDeferred } of module.imports) {
      const place = `${module.path}:${line}: ${layer.path} may not import ${target}`;
      if (!modules.has(target) && !isGenerated(target)) {
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

/** A layer imports only layers before it: so there are no circles of layers. */
export function tableFaults(modules: Modules, layers: readonly Layer[]): string[] {
  const known = [...modules.keys(), ...GENERATED];
  return layers.flatMap((layer, index) => {
    const faults: string[] = [];
    if (!known.some((path) => isIn(path, layer.path))) faults.push(`${layer.path}: there is no such folder`);
    for (const path of [...layer.imports, ...(layer.deferred ?? [])]) {
      const inside = layers.filter((other) => isIn(other.path, path));
      const around = known.includes(path) ? layerOf(path, layers) : undefined;
      const named = inside.length === 0 && around ? [around] : inside;
      if (named.length === 0) faults.push(`${layer.path} may import ${path}, which is not a layer`);
      for (const other of named)
        if (layers.indexOf(other) >= index && other !== layer)
          faults.push(`${layer.path} may import ${other.path}, which comes after it in the table`);
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

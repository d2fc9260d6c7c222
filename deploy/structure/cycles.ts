/** Circular imports, types included: of modules, and of folders with the same parent. Pure. */
import { posix } from 'node:path';
import type { Module, Modules } from './modules.ts';

/** Their children are compared with the other folders of the root: they are only containers, not layers. The inner ones first. */
const CONTAINERS = ['src/pages/', 'src/'];

type Graph = Map<string, Map<string, string>>;

/** One circle for each set of modules that import each other. */
export function moduleCycles(modules: Modules): string[] {
  const graph: Graph = new Map();
  for (const module of modules.values())
    for (const { target, line } of module.imports)
      if (modules.has(target)) addEdge(graph, module.path, target, `${module.path}:${line} → ${target}`);
  return cyclesOf(graph).map((edges) => `modules import each other in a circle:\n    ${edges.join('\n    ')}`);
}

/**
 * Folders with the same parent; the files directly in the parent count as one of them. A folder stands for everything
 * in it.
 */
export function folderCycles(modules: Modules): string[] {
  const graphs = new Map<string, Graph>();
  for (const module of modules.values())
    for (const { target, line } of module.imports) {
      const other = modules.get(target);
      const fork = other && forkOf(module, other);
      if (!fork) continue;
      const graph = graphs.get(fork.parent) ?? new Map();
      graphs.set(fork.parent, graph);
      addEdge(graph, fork.from, fork.to, `${fork.from} → ${fork.to}: ${module.path}:${line} → ${target}`);
    }
  const cycles = [...graphs.values()].flatMap(cyclesOf);
  return cycles.map((edges) => `folders import each other in a circle:\n    ${edges.join('\n    ')}`);
}

/** Where the paths of two modules diverge; undefined for two modules of one folder. */
function forkOf(a: Module, b: Module): { parent: string; from: string; to: string } | undefined {
  const [one, other] = [foldersOf(a.path), foldersOf(b.path)];
  let depth = 0;
  while (depth < one.length && one[depth] === other[depth]) depth += 1;
  if (depth === one.length && depth === other.length) return undefined;
  const parent = one.slice(0, depth).join('/');
  const child = (folders: string[]) => posix.join(parent, folders[depth] ?? '.');
  return { parent, from: child(one), to: child(other) };
}

function foldersOf(path: string): string[] {
  const container = CONTAINERS.find((folder) => path.startsWith(folder)) ?? '';
  const [first, ...folders] = path.slice(container.length).split('/').slice(0, -1);
  return first === undefined ? container.split('/').slice(0, -1) : [`${container}${first}`, ...folders];
}

function addEdge(graph: Graph, from: string, to: string, label: string): void {
  const edges = graph.get(from) ?? new Map<string, string>();
  graph.set(from, edges);
  if (!edges.has(to)) edges.set(to, label);
}

/**
 * The shortest circle through the first node of each set of nodes that reach each other, as the labels of its edges.
 */
function cyclesOf(graph: Graph): string[][] {
  const done = new Set<string>();
  const cycles: string[][] = [];
  for (const start of graph.keys()) {
    const cycle = done.has(start) ? undefined : shortestWayBack(graph, start);
    if (!cycle) continue;
    for (const { node } of cycle) done.add(node);
    cycles.push(cycle.map(({ label }) => label));
  }
  return cycles;
}

interface Step {
  node: string;
  label: string;
  before?: Step;
}

function shortestWayBack(graph: Graph, start: string): Step[] | undefined {
  const seen = new Set<string>();
  let steps: Step[] = [{ node: start, label: '' }];
  while (steps.length > 0) {
    const next: Step[] = [];
    for (const before of steps)
      for (const [node, label] of graph.get(before.node) ?? []) {
        if (node === start) return wayTo({ node, label, before });
        if (seen.has(node)) continue;
        seen.add(node);
        next.push({ node, label, before });
      }
    steps = next;
  }
  return undefined;
}

function wayTo(last: Step): Step[] {
  const way: Step[] = [];
  for (let step = last; step.before; step = step.before) way.unshift(step);
  return way;
}

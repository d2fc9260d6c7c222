/**
 * A chart as a graph for elkjs to lay out: states as nested nodes, and for each pair of states one edge whose label lists the
 * transitions between them.
 */
import type { ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk-api.js';
import type { Chart, ChartState, ChartTransition } from '../chart.ts';

/** Sizes in px, the same as in the style sheets of page and documents. */
export const METRICS = {
  titleHeight: 26,
  titleChar: 7.9,
  lineHeight: 15,
  /** Of the monospaced font of events and actions. */
  lineChar: 6.65,
  padding: 12,
  dot: 10,
} as const;

export interface GraphState extends ElkNode {
  /** Undefined for the dot of an initial state. */
  state?: ChartState;
  lines?: string[];
}

export interface GraphLine {
  transition: ChartTransition;
  text: string;
}

export interface GraphEdge extends ElkExtendedEdge {
  lines: GraphLine[];
}

/** Longest line inside a state, in characters. */
const LINE_CHARS = 46;

/** Nested graphs do not inherit these: each needs them. */
const OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.edgeLabels.inline': 'true',
  'elk.layered.cycleBreaking.strategy': 'DEPTH_FIRST',
  'elk.layered.nodePlacement.strategy': 'LINEAR_SEGMENTS',
  'elk.layered.spacing.nodeNodeBetweenLayers': '22',
  'elk.layered.spacing.edgeNodeBetweenLayers': '10',
  'elk.spacing.nodeNode': '16',
  'elk.spacing.edgeNode': '10',
  'elk.spacing.edgeEdge': '8',
  'elk.spacing.edgeLabel': '2',
};
const ROOT_OPTIONS = {
  ...OPTIONS,
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.direction': 'DOWN',
  'elk.json.edgeCoords': 'ROOT',
  'elk.json.shapeCoords': 'ROOT',
};

/** `details`: with entry and exit actions, actors, and internal transitions. */
export function buildGraph(chart: Chart, details: boolean): ElkNode & { edges: GraphEdge[] } {
  const edges = new Map<string, GraphEdge>();

  function addState(state: ChartState): GraphState {
    for (const transition of state.transitions) addTransition(state, transition);
    const lines = details ? describeInside(state) : [];
    const children: GraphState[] = state.states.map(addState);
    if (state.initial !== undefined) {
      const dot = `${state.id}::initial`;
      children.unshift({ id: dot, width: METRICS.dot, height: METRICS.dot });
      edges.set(dot, { id: dot, sources: [dot], targets: [state.initial], lines: [] });
    }
    const { titleHeight, titleChar, lineHeight, lineChar, padding } = METRICS;
    const width = Math.ceil(
      Math.max(
        84,
        state.key.length * titleChar + 2 * padding + (state.type === 'parallel' ? 64 : 0),
        ...lines.map((line) => line.length * lineChar + 2 * padding),
      ),
    );
    const height = titleHeight + lines.length * lineHeight + (lines.length > 0 ? 6 : 4);
    return {
      id: state.id,
      state,
      lines,
      children,
      width,
      height,
      layoutOptions:
        children.length > 0
          ? {
              ...OPTIONS,
              'elk.padding': `[top=${height + 6},left=14,bottom=14,right=14]`,
              'elk.nodeSize.constraints': 'MINIMUM_SIZE',
              'elk.nodeSize.minimum': `(${width},${height})`,
            }
          : {},
    };
  }

  function addTransition(state: ChartState, transition: ChartTransition): void {
    for (const target of transition.targets) {
      const id = `${state.id} → ${target}`;
      const edge = edges.get(id) ?? { id, sources: [state.id], targets: [target], lines: [] };
      edge.lines.push({ transition, text: transitionText(transition) });
      edges.set(id, edge);
    }
  }

  const root = addState(chart.root);
  for (const edge of edges.values()) {
    if (edge.lines.length === 0) continue;
    edge.labels = [
      {
        id: `${edge.id} label`,
        text: edge.id,
        width: Math.ceil(Math.max(...edge.lines.map(lineChars)) * METRICS.lineChar + 10),
        height: edge.lines.length * METRICS.lineHeight + 4,
      },
    ];
  }
  return { id: `${chart.id} chart`, children: [root], edges: [...edges.values()], layoutOptions: ROOT_OPTIONS };
}

/** Room for the remaining time of a running time-out. */
function lineChars({ transition, text }: GraphLine): number {
  return text.length + (transition.delay === undefined ? 0 : ' 99.9 s'.length);
}

/** Edges have no actions: these would fill most of the chart. */
export function transitionText({ event, delay, guard }: ChartTransition): string {
  const cause = delay === undefined ? event || 'always' : `after ${delay}`;
  return guard === undefined ? cause : `${cause} [${guard}]`;
}

/** Actions and internal transitions of a state, in as few lines as possible. */
function describeInside({ entry, exit, invokes, transitions }: ChartState): string[] {
  const staying = transitions.filter(({ targets }) => targets.length === 0).map(transitionText);
  return [
    ...wrap('runs ', invokes),
    ...wrap('entry / ', entry),
    ...wrap('exit / ', exit),
    ...wrap('takes ', [...new Set(staying)]),
  ];
}

function wrap(label: string, items: string[]): string[] {
  const lines: string[] = [];
  for (const item of items) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + item.length + 2 <= LINE_CHARS) lines[lines.length - 1] = `${last}, ${item}`;
    else lines.push((last === undefined ? label : ' '.repeat(label.length)) + item);
  }
  return lines;
}

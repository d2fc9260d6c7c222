/**
 * A chart after layout, as shapes with coordinates. The page and the documents draw it.
 */
import type { ElkNode } from 'elkjs/lib/elk-api.js';
import type { Chart, ChartState } from '../chart.ts';
import { buildGraph, type GraphEdge, type GraphLine, type GraphState } from './graph.ts';

export interface Drawing {
  width: number;
  height: number;
  /** Outer boxes first. */
  boxes: Box[];
  dots: { x: number; y: number }[];
  edges: Edge[];
}

export interface Box {
  state: ChartState;
  lines: string[];
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Edge {
  /** `M x y L x y …` with rounded corners. */
  path: string;
  lines: GraphLine[];
  /** Position of the label; undefined for the edge of an initial state. */
  label?: { x: number; y: number; width: number; height: number };
}

export interface Layouter {
  layout(graph: ElkNode): Promise<ElkNode>;
}

const CORNER = 6;

export async function drawChart(chart: Chart, details: boolean, elk: Layouter): Promise<Drawing> {
  const laidOut = await elk.layout(buildGraph(chart, details));
  const drawing: Drawing = { width: laidOut.width ?? 0, height: laidOut.height ?? 0, boxes: [], dots: [], edges: [] };
  for (const child of laidOut.children ?? []) addNode(drawing, child);
  for (const edge of laidOut.edges ?? []) addEdge(drawing, edge as GraphEdge);
  return drawing;
}

function addNode(drawing: Drawing, node: GraphState): void {
  const { x = 0, y = 0, width = 0, height = 0, state, lines = [] } = node;
  if (state) drawing.boxes.push({ state, lines, x, y, width, height });
  else drawing.dots.push({ x: x + width / 2, y: y + height / 2 });
  for (const child of node.children ?? []) addNode(drawing, child);
}

interface Point {
  x: number;
  y: number;
}

function addEdge(drawing: Drawing, edge: GraphEdge): void {
  const [label] = edge.labels ?? [];
  const path = (edge.sections ?? [])
    .map(({ startPoint, bendPoints = [], endPoint }) => roundedPath([startPoint, ...bendPoints, endPoint]))
    .join('');
  drawing.edges.push({
    path,
    lines: edge.lines,
    ...(label
      ? { label: { x: label.x ?? 0, y: label.y ?? 0, width: label.width ?? 0, height: label.height ?? 0 } }
      : {}),
  });
}

function roundedPath(points: Point[]): string {
  return points
    .map((point, i) => {
      const before = points[i - 1];
      const after = points[i + 1];
      if (!before) return `M${at(point)}`;
      if (!after) return `L${at(point)}`;
      return `L${at(towards(point, before))}Q${at(point)} ${at(towards(point, after))}`;
    })
    .join('');
}

/** A point between both, at most a corner's radius or half of the distance. */
function towards(from: Point, to: Point): Point {
  const distance = Math.hypot(to.x - from.x, to.y - from.y);
  const share = distance === 0 ? 0 : Math.min(CORNER, distance / 2) / distance;
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

function at({ x, y }: Point): string {
  return `${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10}`;
}

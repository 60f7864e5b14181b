import * as dagre from '@dagrejs/dagre';
import { labelOf } from './draw-text.ts';
import type { GraphEdge, GraphNode, ModelGraph } from './graph.ts';

// Its own types name their modules without extensions, which Node's resolution does not find: this is what we use.
interface Dagre {
  readonly layout: (graph: DagreGraph) => void;
  readonly Graph: new (options: { readonly multigraph: boolean }) => DagreGraph;
}
interface DagreGraph {
  setGraph(options: object): void;
  setNode(name: string, size: object): void;
  setEdge(from: string, to: string, label: object, name: string): void;
  graph(): { readonly width?: number; readonly height?: number };
  node(name: string): Point & { readonly width: number; readonly height: number };
  edge(from: string, to: string, name: string): Point & { readonly points: readonly Point[] };
}
const { Graph, layout } = dagre as unknown as Dagre;

interface Point {
  readonly x: number;
  readonly y: number;
}

const CHARACTER = 7.5;

/** Lay a graph out and write it as SVG that needs nothing else. Circles are red, and their arrows thicker. */
export function svgText({ nodes, edges }: ModelGraph): string {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: 'LR', nodesep: 24, ranksep: 60, marginx: 16, marginy: 16 });
  for (const { model } of nodes) graph.setNode(model, { width: model.length * CHARACTER + 24, height: 32 });
  for (const [place, edge] of edges.entries()) {
    const label = { width: labelOf(edge).length * 6 + 8, height: 14, labelpos: 'c' };
    graph.setEdge(edge.from, edge.to, label, String(place));
  }
  layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  const size = `width="${Math.ceil(width)}" height="${Math.ceil(height)}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} viewBox="0 0 ${Math.ceil(width)} ${Math.ceil(height)}" font-family="sans-serif">`,
    '<defs>',
    marker('arrow', '#444'),
    marker('cycle', '#c62a2f'),
    marker('base', '#999'),
    '</defs>',
    ...edges.map((edge, place) => {
      const laid = graph.edge(edge.from, edge.to, String(place));
      return edgeText(edge, laid.points, laid);
    }),
    ...nodes.map((node) => nodeText(node, graph.node(node.model))),
    '</svg>',
    '',
  ].join('\n');
}

function nodeText(
  { model, declared, abstract }: GraphNode,
  { x, y, width, height }: Point & { readonly width: number; readonly height: number },
): string {
  const dash = declared ? '' : ' stroke-dasharray="4 3"';
  const slant = abstract ? ' font-style="italic"' : '';
  const box = `x="${round(x - width / 2)}" y="${round(y - height / 2)}" width="${round(width)}" height="${height}"`;
  return [
    `<rect ${box} rx="4" fill="white" stroke="#444"${dash}/>`,
    `<text x="${round(x)}" y="${round(y + 4)}" font-size="13" text-anchor="middle"${slant}>${escape(model)}</text>`,
  ].join('\n');
}

function edgeText(edge: GraphEdge, points: readonly Point[], at: Point): string {
  const [color, end] = edge.cycle
    ? ['#c62a2f', 'cycle']
    : edge.kind === 'base'
      ? ['#999', 'base']
      : ['#444', 'arrow'];
  const path = points.map(({ x, y }, place) => `${place === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`).join(' ');
  const dash =
    edge.kind === 'link' ? ' stroke-dasharray="1 3"' : edge.by === 'link' ? '' : ' stroke-dasharray="5 3"';
  const thick = edge.cycle ? ' stroke-width="2"' : '';
  const line = `<path d="${path}" fill="none" stroke="${color}"${dash}${thick} marker-end="url(#${end})"/>`;
  const label = escape(labelOf(edge));
  if (label === '') return line;
  const halo = 'paint-order="stroke" stroke="white" stroke-width="4"';
  return `${line}\n<text x="${round(at.x)}" y="${round(at.y + 3)}" font-size="10" fill="${color}" text-anchor="middle" ${halo}>${label}</text>`;
}

function marker(id: string, color: string): string {
  return `<marker id="${id}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" fill="${color}"/></marker>`;
}

const round = (value: number): string => String(Math.round(value * 10) / 10);

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

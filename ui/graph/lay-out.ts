import { Graph, layout } from '@dagrejs/dagre';
import type { Picture, PictureEdge, PictureNode } from './picture.ts';

export const NODE = { width: 240, height: 46 } as const;
const MARGIN = 12;

export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly (PictureNode & { readonly x: number; readonly y: number })[];
  readonly edges: readonly (PictureEdge & { readonly path: string })[];
}

/** Find a place for each node: who depends on others stands left of them. */
export function layOut({ nodes, edges }: Picture): Drawing {
  const graph = new Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: 14, ranksep: 70, marginx: MARGIN, marginy: MARGIN });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { key } of nodes) graph.setNode(key, { ...NODE });
  for (const { from, to } of edges) graph.setEdge(from, to);
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  const placed = new Map(nodes.map((node) => [node.key, { node, ...(graph.node(node.key) as Point) }]));
  return {
    width: Math.ceil(width),
    height: Math.ceil(height),
    nodes: [...placed.values()].map(({ node, x, y }) => ({
      ...node,
      x: x - NODE.width / 2,
      y: y - NODE.height / 2,
    })),
    edges: edges.map((edge) => {
      const [from, to] = [placed.get(edge.from), placed.get(edge.to)];
      const { points = [] } = graph.edge(edge.from, edge.to) as { points?: readonly Point[] };
      return { ...edge, path: from === undefined || to === undefined ? '' : pathOf(from, points, to) };
    }),
  };
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** From the side of one node to the facing side of the other: an arrow at a corner belongs to nobody. */
function pathOf(from: Point, points: readonly Point[], to: Point): string {
  const side = Math.sign(to.x - from.x) * (NODE.width / 2);
  const ends = [{ x: from.x + side, y: from.y }, ...points.slice(1, -1), { x: to.x - side, y: to.y }];
  return `M${ends.map(({ x, y }) => `${Math.round(x)} ${Math.round(y)}`).join(' L')}`;
}

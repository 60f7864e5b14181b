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
  return {
    width: Math.ceil(width),
    height: Math.ceil(height),
    nodes: nodes.map((node) => {
      const { x = 0, y = 0 } = graph.node(node.key) as { x?: number; y?: number };
      return { ...node, x: x - NODE.width / 2, y: y - NODE.height / 2 };
    }),
    edges: edges.map((edge) => {
      const { points = [] } = graph.edge(edge.from, edge.to) as {
        points?: readonly { readonly x: number; readonly y: number }[];
      };
      const places = points.map(({ x, y }) => `${Math.round(x)} ${Math.round(y)}`);
      return { ...edge, path: `M${places.join(' L')}` };
    }),
  };
}

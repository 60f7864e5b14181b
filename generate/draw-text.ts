import type { GraphEdge, ModelGraph } from './graph.ts';

/** Write a graph for Graphviz. An arrow points from who depends to what it depends on; circles are red. */
export function dotText({ nodes, edges }: ModelGraph): string {
  return [
    'digraph models {',
    '  rankdir = LR;',
    '  node [shape = box, fontname = "sans-serif"];',
    '  edge [fontname = "sans-serif", fontsize = 10];',
    ...nodes.map(({ model, declared, abstract }) => {
      const style = [...(declared ? [] : ['dashed']), ...(abstract ? ['rounded'] : [])].join(',');
      return `  ${JSON.stringify(model)}${style === '' ? '' : ` [style = "${style}"]`};`;
    }),
    ...edges.map(({ from, to, ...edge }) => {
      return `  ${JSON.stringify(from)} -> ${JSON.stringify(to)} [${dotAttributes(edge).join(', ')}];`;
    }),
    '}',
    '',
  ].join('\n');
}

function dotAttributes({ kind, accessor, by, cycle }: Omit<GraphEdge, 'from' | 'to'>): string[] {
  if (kind === 'base') return ['arrowhead = empty', 'color = gray'];
  const label = `label = ${JSON.stringify(labelOf({ kind, accessor }))}`;
  const style = kind === 'link' ? ['style = dotted'] : by === 'link' ? [] : ['style = dashed'];
  return [label, ...style, ...(cycle ? ['color = red', 'fontcolor = red'] : [])];
}

/** Write a graph for Mermaid. */
export function mermaidText({ nodes, edges }: ModelGraph): string {
  const ids = new Map(nodes.map(({ model }, place) => [model, `m${place}`]));
  const red = edges.flatMap(({ cycle }, place) => (cycle ? [place] : []));
  return [
    'flowchart LR',
    ...nodes.map(
      ({ model, declared }) => `  ${ids.get(model) ?? ''}["${model}"]${declared ? '' : ':::other'}`,
    ),
    ...edges.map((edge) => `  ${ids.get(edge.from) ?? ''} ${mermaidArrow(edge)} ${ids.get(edge.to) ?? ''}`),
    '  classDef other stroke-dasharray: 4',
    ...(red.length === 0 ? [] : [`  linkStyle ${red.join(',')} stroke:red,color:red`]),
    '',
  ].join('\n');
}

function mermaidArrow(edge: GraphEdge): string {
  if (edge.kind === 'base') return '-.-o';
  const label = `|"${labelOf(edge)}"|`;
  return edge.kind === 'dependency' && edge.by === 'link' ? `-->${label}` : `-.->${label}`;
}

/** What stands at an edge: its accessor. */
export function labelOf({ kind, accessor }: Pick<GraphEdge, 'kind' | 'accessor'>): string {
  return kind === 'dependency' && accessor === '' ? 'all' : accessor;
}

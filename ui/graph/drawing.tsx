import { useMemo, type ReactNode } from 'react';
import { StateShape } from '../state-shape.tsx';
import { faceOf } from '../states.ts';
import { count } from '../words.ts';
import { layOut, NODE } from './lay-out.ts';
import type { Picture, PictureEdge, PictureNode } from './picture.ts';

const MOST_LETTERS = 26;

/** A graph as a picture, in which each node is a link; and the same as text, for who cannot see it. */
export function GraphDrawing({
  picture,
  about,
}: {
  readonly picture: Picture;
  readonly about: string;
}): ReactNode {
  const drawing = useMemo(() => layOut(picture), [picture]);
  return (
    <>
      <div className="card graph" role="region" aria-label={about} tabIndex={0}>
        <svg
          viewBox={`0 0 ${drawing.width} ${drawing.height}`}
          width={drawing.width}
          height={drawing.height}
          role="group"
          aria-label={about}
        >
          <defs>
            {['grey', 'yellow', 'red'].map((tone) => (
              <marker
                key={tone}
                id={`arrow-${tone}`}
                className={`tone-${tone}`}
                viewBox="0 0 8 8"
                refX="7"
                refY="4"
                markerWidth="7"
                markerHeight="7"
                orient="auto"
              >
                <path d="M0 0L8 4L0 8z" className="arrow" />
              </marker>
            ))}
          </defs>
          {drawing.edges.map((edge) => (
            <path
              key={`${edge.from} ${edge.to}`}
              d={edge.path}
              className={`edge tone-${toneOf(edge)}${edge.waits ? ' waits' : ''}`}
              markerEnd={`url(#arrow-${toneOf(edge)})`}
            >
              <title>{sentenceOf(edge)}</title>
            </path>
          ))}
          {drawing.nodes.map((node) => (
            <Node key={node.key} node={node} />
          ))}
        </svg>
      </div>
      <AsText picture={picture} />
    </>
  );
}

const toneOf = ({ waits, isFailing }: PictureEdge): string => (isFailing ? 'red' : waits ? 'yellow' : 'grey');

const sentenceOf = ({ from, to, count: number, waits }: PictureEdge): string =>
  `${from} ${waits ? 'waits for' : 'depends on'} ${to}${number > 1 ? ` (${count(number)})` : ''}`;

function Node({
  node,
}: {
  readonly node: PictureNode & { readonly x: number; readonly y: number };
}): ReactNode {
  const face = faceOf(node.word);
  return (
    <a href={node.href} aria-label={`${node.title} ${node.detail}, ${node.word}`}>
      <g
        transform={`translate(${node.x} ${node.y})`}
        className={`node tone-${face.tone}${node.isCentre ? ' centre' : ''}`}
      >
        <title>{`${node.title} ${node.detail}, ${node.word}`}</title>
        <rect width={NODE.width} height={NODE.height} rx="8" />
        <svg x="10" y="8" width="14" height="14" overflow="visible">
          <StateShape face={face} />
        </svg>
        <text x="32" y="20" className="node-title">
          {cut(node.title)}
        </text>
        <text x="32" y="37" className="node-detail">
          {cut(node.detail)}
        </text>
      </g>
    </a>
  );
}

const cut = (text: string): string =>
  text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS - 1)}…` : text;

function AsText({ picture: { nodes, edges } }: { readonly picture: Picture }): ReactNode {
  const sentences = [...edges].sort((a, b) => Number(b.waits) - Number(a.waits));
  return (
    <details className="card">
      <summary>As text</summary>
      <ul>
        {nodes.map(({ key, title, detail, word, href }) => (
          <li key={key}>
            <a href={href}>{title}</a> {detail}: {word}
          </li>
        ))}
      </ul>
      <ul aria-label="Dependencies">
        {sentences.map((edge) => (
          <li key={`${edge.from} ${edge.to}`}>{sentenceOf(edge)}</li>
        ))}
      </ul>
    </details>
  );
}

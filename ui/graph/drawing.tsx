import { useEffect, useMemo, useRef, type ReactNode, type RefObject } from 'react';
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
  const frame = useRef<HTMLDivElement>(null);
  useCentre(frame, picture);
  return (
    <>
      <div className="card graph" role="region" aria-label={about} tabIndex={0} ref={frame}>
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
                markerUnits="userSpaceOnUse"
                markerWidth="10"
                markerHeight="10"
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
          {cutName(node.title)}
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

/** The id stays: an object whose id is cut off would be another one. */
function cutName(title: string): string {
  const [model = '', id] = title.split('/');
  if (id === undefined) return cut(title);
  const room = MOST_LETTERS - 1 - id.length;
  return model.length > room ? `${model.slice(0, Math.max(1, room - 1))}…/${id}` : title;
}

/** Where not all of it fits, begin with what it is about. */
function useCentre(frame: RefObject<HTMLDivElement | null>, { nodes }: Picture): void {
  const centre = nodes.find(({ isCentre }) => isCentre)?.key;
  useEffect(() => {
    const [box, node] = [frame.current, frame.current?.querySelector('.node.centre')];
    if (box === null || node === null || node === undefined) return;
    const [outer, inner] = [box.getBoundingClientRect(), node.getBoundingClientRect()];
    box.scrollLeft += inner.left + inner.width / 2 - (outer.left + outer.width / 2);
    box.scrollTop += inner.top + inner.height / 2 - (outer.top + outer.height / 2);
  }, [frame, centre]);
}

/** What lines and arrows mean. */
export function Legend(): ReactNode {
  return (
    <p className="hint legend">
      An arrow leads from what depends to what it depends on.{' '}
      <span className="tone-yellow">┅ it waits for that now</span>,{' '}
      <span className="tone-red">┅ because something has failed</span>.
    </p>
  );
}

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

import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import type { ApiStanding } from '../../client/operate-wire.ts';
import type { ApiList } from '../../client/wire.ts';
import { ask, refIn } from '../ask.ts';
import { ObjectLink } from '../object-link.tsx';
import { plain } from '../words.ts';
import type { Control } from './form-field.tsx';

const OFFERED = 20;

/** Choose the object that a link leads to, or objects, by their names. */
export function LinkPicker({
  peer,
  isMany,
  text,
  onText,
  control,
}: {
  readonly peer: string;
  readonly isMany: boolean;
  /** Ids, one a line. */
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly control: Control;
}): ReactNode {
  const [typed, setTyped] = useState('');
  const ids = text.split('\n').filter((id) => id !== '');
  const { data } = useQuery({
    queryKey: ['fleet', 'peers', peer, typed],
    queryFn: () => ask<ApiList<ApiStanding>>('GET', pathOf(peer, typed)),
    placeholderData: (before) => before,
  });
  const offered = (data?.items ?? []).filter(({ state }) => state !== 'Deleting');
  const choose = (value: string): void => {
    const found = offered.find((one) => labelOf(one) === value || one.object === value);
    const id = found === undefined ? undefined : refIn(found.object)?.id;
    setTyped(id === undefined ? value : '');
    if (id !== undefined) onText(isMany ? [...new Set([...ids, String(id)])].join('\n') : String(id));
  };
  return (
    <div className="picker">
      {ids.map((id) => (
        <span key={id} className="picked">
          <Picked peer={peer} id={id} />
          <button
            type="button"
            className="quiet"
            aria-label={`Take ${peer}/${id} away`}
            onClick={() => onText(ids.filter((one) => one !== id).join('\n'))}
          >
            ×
          </button>
        </span>
      ))}
      <input
        {...control}
        list={`${control.id}-offered`}
        value={typed}
        autoComplete="off"
        placeholder={ids.length === 0 || isMany ? `${peer} by its name, or ${peer}/id` : 'another one'}
        onChange={(event) => choose(event.target.value)}
        // What is offered may have come after it was typed.
        onBlur={() => choose(typed)}
      />
      <datalist id={`${control.id}-offered`}>
        {offered.map((one) => (
          <option key={one.object} value={labelOf(one)} />
        ))}
      </datalist>
    </div>
  );
}

const pathOf = (peer: string, q: string, limit = OFFERED): string =>
  `/xosapi/v1/accord/objects?${new URLSearchParams({ model: peer, q, limit: String(limit) }).toString()}`;

const labelOf = ({ object, name }: ApiStanding): string =>
  name === null || name === '' ? object : `${object} ${plain(name)}`;

/** The id alone says little. The peer may be a base, and the object of a model that extends it. */
function Picked({ peer, id }: { readonly peer: string; readonly id: string }): ReactNode {
  const { data } = useQuery({
    queryKey: ['fleet', 'peer', peer, id],
    queryFn: () => {
      const place = new URLSearchParams({ model: peer, after: String(Number(id) - 1), until: id });
      return ask<ApiList<ApiStanding>>('GET', `/xosapi/v1/accord/objects?${place.toString()}`);
    },
  });
  return <ObjectLink object={`${peer}/${id}`} name={data?.items[0]?.name ?? null} />;
}

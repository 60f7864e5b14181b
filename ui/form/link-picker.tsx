import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState, type ReactNode } from 'react';
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
  const ids = text.split('\n').filter((id) => id !== '');
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
      <Finder
        peer={peer}
        placeholder={ids.length === 0 || isMany ? `${peer} by its name, or ${peer}/id` : 'another one'}
        onPick={(id) => onText(isMany ? [...new Set([...ids, id])].join('\n') : id)}
        control={control}
      />
    </div>
  );
}

/** Where one types which object is meant. Until that is picked, and this is empty again, the form is not sent. */
function Finder({
  peer,
  placeholder,
  onPick,
  control,
}: {
  readonly peer: string;
  readonly placeholder: string;
  readonly onPick: (id: string) => void;
  readonly control: Control;
}): ReactNode {
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState('');
  const [isTyping, setTyping] = useState(false);
  const { data, isPending, isPlaceholderData } = useQuery({
    queryKey: ['fleet', 'peers', peer, typed],
    queryFn: () => ask<ApiList<ApiStanding>>('GET', pathOf(peer, typed)),
    placeholderData: (before) => before,
  });
  const offered = (data?.items ?? []).filter(({ state }) => state !== 'Deleting');
  // Whoever types `Pigment/12` may go on to `Pigment/123`; with a name behind it, it is whole.
  const isMeant = (one: ApiStanding): boolean =>
    isTyping
      ? one.object !== typed && labelOf(one) === typed
      : [one.object, labelOf(one)].includes(typed.trim());
  const meant = refIn(offered.find(isMeant)?.object ?? '')?.id;
  const isWrong = !isTyping && typed !== '' && meant === undefined && !isPending && !isPlaceholderData;
  useEffect(() => {
    // What is offered may have come after it was typed.
    if (meant === undefined) return;
    setTyped('');
    onPick(String(meant));
  }, [meant, onPick]);
  useEffect(() => input.current?.setCustomValidity(typed === '' ? '' : 'not picked'), [typed]);
  return (
    <>
      <input
        {...control}
        ref={input}
        aria-describedby={`${control['aria-describedby']} ${control.id}-wrong`}
        aria-invalid={control['aria-invalid'] || isWrong}
        list={`${control.id}-offered`}
        value={typed}
        autoComplete="off"
        placeholder={placeholder}
        onChange={(event) => {
          setTyped(event.target.value);
          setTyping(true);
        }}
        onBlur={() => setTyping(false)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || typed === '') return;
          event.preventDefault();
          setTyping(false);
        }}
      />
      <datalist id={`${control.id}-offered`}>
        {offered.map((one) => (
          <option key={one.object} value={labelOf(one)} />
        ))}
      </datalist>
      <p id={`${control.id}-wrong`} className="fault" role="status">
        {isWrong && `«${plain(typed)}» is no ${peer}: choose one that is offered, or leave this empty.`}
      </p>
    </>
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

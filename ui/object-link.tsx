import type { ReactNode } from 'react';
import type { ApiNamed } from '../client/operate-wire.ts';
import { refIn } from './ask.ts';
import { addressOf } from './route.ts';
import { plain } from './words.ts';

/** An object as it is always written: `Model/id`, its name beside it. */
export function ObjectLink({
  object,
  name = null,
}: {
  readonly object: string;
  readonly name?: ApiNamed['name'];
}): ReactNode {
  const ref = refIn(object);
  return (
    <span className="named">
      {ref === undefined ? object : <a href={addressOf({ screen: 'object', ref })}>{object}</a>}
      {name !== null && name !== '' && (
        <>
          {' '}
          <span className="name">{plain(name)}</span>
        </>
      )}
    </span>
  );
}

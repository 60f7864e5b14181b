import { errorOf } from '../../client/request.ts';
import type { ApiObject } from '../../client/wire.ts';
import { token } from '../ask.ts';

/** An object, and what `If-Match` takes so that it is changed only as long as it is this. */
export interface Tagged {
  readonly object: ApiObject;
  readonly tag: string;
}

/** Read an object with its tag. Its field `version` may be one of its model's. */
export async function readTagged(path: string): Promise<Tagged> {
  const mine = token();
  const headers = mine === undefined ? {} : { authorization: `Bearer ${mine}` };
  const response = await fetch(path, { headers: { accept: 'application/json', ...headers } });
  const body = await response.text();
  if (!response.ok) throw errorOf(location.origin, response.status, body);
  return { object: JSON.parse(body) as ApiObject, tag: response.headers.get('etag') ?? '*' };
}

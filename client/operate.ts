import type { Ref } from '../model/definition.ts';
import type { ApiWhy } from './operate-wire.ts';
import type { Ask } from './request.ts';

/** What operators ask and do besides reading and writing objects. */
export interface Operating {
  /** Why an object is as it is: the chain to its root cause. */
  why(ref: Ref): Promise<ApiWhy>;
}

export function operating(ask: Ask): Operating {
  const at = ({ model, id }: Ref, what: string): string => `/xosapi/v1/accord/objects/${model}/${id}/${what}`;
  return {
    why: (ref) => ask('GET', at(ref, 'why')),
  };
}

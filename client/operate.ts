import type { Ref } from '../model/definition.ts';
import type { ApiPause, ApiWhy } from './operate-wire.ts';
import type { Ask } from './request.ts';
import type { ApiList } from './wire.ts';

/** What is paused or resumed: an object, a model, or a synchronizer. */
export type PauseTarget = Ref | { readonly model: string } | { readonly synchronizer: string };

/** What operators ask and do besides reading and writing objects. */
export interface Operating {
  /** Why an object is as it is: the chain to its root cause. */
  why(ref: Ref): Promise<ApiWhy>;
  /** Hold objects back: what runs is stopped, nothing begins, until somebody resumes or `until` (RFC 3339) has come. */
  pause(target: PauseTarget, why: { readonly reason: string; readonly until?: string }): Promise<ApiPause>;
  /** End a pause. @returns whether there was one */
  resume(target: PauseTarget): Promise<boolean>;
  /** The pauses that are in force, oldest first. */
  pauses(): Promise<readonly ApiPause[]>;
}

export function operating(ask: Ask): Operating {
  const at = ({ model, id }: Ref, what: string): string => `/xosapi/v1/accord/objects/${model}/${id}/${what}`;
  return {
    why: (ref) => ask('GET', at(ref, 'why')),
    pause: (target, body) => ask('POST', `${pathOf(target)}/pause`, { body }),
    resume: async (target) => (await ask<{ resumed: boolean }>('POST', `${pathOf(target)}/resume`)).resumed,
    pauses: async () => (await ask<ApiList<ApiPause>>('GET', '/xosapi/v1/accord/pauses')).items,
  };
}

function pathOf(target: PauseTarget): string {
  const base = '/xosapi/v1/accord';
  if ('synchronizer' in target) return `${base}/synchronizers/${encodeURIComponent(target.synchronizer)}`;
  if ('id' in target) return `${base}/objects/${target.model}/${target.id}`;
  return `${base}/models/${target.model}`;
}

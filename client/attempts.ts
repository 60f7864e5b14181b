import type { Ref } from '../model/definition.ts';
import type { ApiAttempt, ApiAttemptDetail, ApiAttemptEvent, ApiBundle, ApiOutput } from './attempt-wire.ts';
import { lastingStream, type Lasting } from './lasting-stream.ts';
import type { Ask, ClientOptions } from './request.ts';
import type { ApiList } from './wire.ts';

/** What can be asked of the attempts on an object. */
export interface Attempts {
  /** Latest first; all that are kept. */
  attempts(ref: Ref): Promise<readonly ApiAttempt[]>;
  attempt(ref: Ref, number: number): Promise<ApiAttemptDetail>;
  /** What happened in its playbook, after the event of this number; a thousand at most. */
  attemptEvents(ref: Ref, number: number, after?: number): Promise<readonly ApiAttemptEvent[]>;
  /** The same as it happens, across lost connections, until the attempt has ended. */
  followAttempt(
    ref: Ref,
    number: number,
    how?: { readonly after?: number } & Omit<Lasting, 'lastId'>,
  ): AsyncGenerator<ApiAttemptEvent>;
  /** The end of what its playbook printed; null when there is nothing. For who may operate. */
  attemptOutput(ref: Ref, number: number): Promise<string | null>;
  /** What its playbook was run with; for who may operate. @throws {ApiError} E_NOT_FOUND when nothing of that is kept */
  attemptBundle(ref: Ref, number: number): Promise<ApiBundle>;
}

export function attempting(ask: Ask, options: ClientOptions): Attempts {
  const all = ({ model, id }: Ref): string => `/xosapi/v1/accord/objects/${model}/${id}/attempts`;
  const events = (ref: Ref, number: number, after: number): string =>
    `${all(ref)}/${number}/events?after=${after}&limit=1000`;
  return {
    attempts: async (ref) => (await ask<ApiList<ApiAttempt>>('GET', all(ref))).items,
    attempt: (ref, number) => ask('GET', `${all(ref)}/${number}`),
    attemptEvents: async (ref, number, after = 0) =>
      (await ask<ApiList<ApiAttemptEvent>>('GET', events(ref, number, after))).items,
    async *followAttempt(ref, number, { after = 0, ...how } = {}) {
      for await (const { event, data } of lastingStream(options, events(ref, number, after), how)) {
        if (event === 'end') return;
        if (event === undefined) yield JSON.parse(data) as ApiAttemptEvent;
      }
    },
    attemptOutput: async (ref, number) =>
      (await ask<ApiOutput>('GET', `${all(ref)}/${number}/output`)).output,
    attemptBundle: (ref, number) => ask('GET', `${all(ref)}/${number}/bundle`),
  };
}

import { useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { ApiAttempt, ApiAttemptDetail, ApiAttemptEvent } from '../../client/attempt-wire.ts';
import type { ApiList } from '../../client/wire.ts';
import { ask, operate, spell, type Ref } from '../ask.ts';
import { streamFrom } from '../stream.ts';

const BUSY_MS = 1_000;
const CALM_MS = 5_000;
/** Nothing is rendered unbounded: of what happens in a playbook, the end. */
const MOST_EVENTS = 500;

const pathOf = (ref: Ref, number: number, what = ''): string => operate(ref, `attempts/${number}${what}`);

/** The attempts that are kept, latest first. @param isBusy one may begin at any moment, which is no event */
export const useAttempts = (ref: Ref, isBusy: boolean): UseQueryResult<readonly ApiAttempt[]> =>
  useQuery({
    queryKey: ['object', spell(ref), 'attempts'],
    queryFn: async () => (await ask<ApiList<ApiAttempt>>('GET', operate(ref, 'attempts'))).items,
    refetchInterval: isBusy ? BUSY_MS : CALM_MS,
  });

/** One attempt with what its code has logged, until it has ended as it is now. */
export const useAttempt = (ref: Ref, { number, outcome }: ApiAttempt): UseQueryResult<ApiAttemptDetail> =>
  useQuery({
    queryKey: ['object', spell(ref), 'attempt', number, outcome],
    queryFn: () => ask<ApiAttemptDetail>('GET', pathOf(ref, number)),
  });

/** What its playbook printed; asked when somebody wants to see it. */
export const useOutput = (ref: Ref, number: number, isAsked: boolean): UseQueryResult<string | null> =>
  useQuery({
    queryKey: ['object', spell(ref), 'output', number],
    queryFn: async () =>
      (await ask<{ readonly output: string | null }>('GET', pathOf(ref, number, '/output'))).output,
    enabled: isAsked,
  });

/** What happened in its playbook; while it runs, as it happens. */
export function useAttemptEvents(
  { model, id }: Ref,
  number: number,
): { readonly events: readonly ApiAttemptEvent[]; readonly isCut: boolean; readonly error: Error | null } {
  const client = useQueryClient();
  const [events, setEvents] = useState<readonly ApiAttemptEvent[]>([]);
  const [error, setError] = useState<Error | null>(null);
  useEffect(() => {
    const left = new AbortController();
    const isLeft = (): boolean => left.signal.aborted;
    const ref = { model, id };
    const read = async (): Promise<void> => {
      let lastId: string | undefined;
      while (!isLeft()) {
        try {
          const path = pathOf(ref, number, '/events');
          for await (const sent of streamFrom(path, { lastId, signal: left.signal })) {
            lastId = sent.id;
            if (sent.event === 'end') {
              void client.invalidateQueries({ queryKey: ['object', spell(ref), 'attempts'] });
              return;
            }
            const event = JSON.parse(sent.data) as ApiAttemptEvent;
            setEvents((before) => [...before.slice(-MOST_EVENTS), event]);
          }
          setError(null);
        } catch (caught) {
          if (!isLeft()) setError(caught instanceof Error ? caught : new Error(String(caught)));
        }
        await new Promise((resolve) => setTimeout(resolve, BUSY_MS));
      }
    };
    void read();
    return () => {
      left.abort();
      setEvents([]);
    };
  }, [client, model, id, number]);
  return { events: events.slice(-MOST_EVENTS), isCut: events.length > MOST_EVENTS, error };
}

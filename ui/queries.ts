import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import type {
  ApiEvent,
  ApiNeighbour,
  ApiPause,
  ApiSummary,
  ApiSynchronizer,
  ApiWhy,
} from '../client/operate-wire.ts';
import type { ApiList, ApiModel, ApiObject } from '../client/wire.ts';
import { ask, operate, spell, type Ref } from './ask.ts';
import { isSettled, stateWord } from './states.ts';

/** That an attempt has begun is no event: for that, what is not settled is looked at by itself. */
const BUSY_MS = 1_000;
const CALM_MS = 5_000;

export const useSummary = (): UseQueryResult<ApiSummary> =>
  useQuery({
    queryKey: ['summary'],
    queryFn: () => ask<ApiSummary>('GET', '/xosapi/v1/accord/summary'),
    refetchInterval: ({ state }) =>
      Object.keys(state.data?.states ?? {}).every(isSettled) ? CALM_MS : 2 * BUSY_MS,
  });

export const useModels = (): UseQueryResult<readonly ApiModel[]> =>
  useQuery({
    queryKey: ['models'],
    queryFn: async () => (await ask<ApiList<ApiModel>>('GET', '/xosapi/v1/accord/models')).items,
  });

/** The object itself. All that is asked about one object is below `['object', <Model/id>]`. */
export function useObject(ref: Ref): UseQueryResult<ApiObject> {
  const models = useModels().data;
  const model = models?.find(({ name }) => name === ref.model);
  return useQuery({
    queryKey: ['object', spell(ref), 'itself', model === undefined],
    enabled: models !== undefined,
    queryFn: () => {
      // A model that is not there is for the server to refuse, in its own words.
      if (model === undefined) return ask<ApiObject>('GET', operate(ref, 'why'));
      return ask<ApiObject>('GET', `/xosapi/v1/${model.app}/${model.plural}/${ref.id}`);
    },
    refetchInterval: ({ state: { data } }) =>
      data === undefined || isSettled(stateWord(data)) ? CALM_MS : BUSY_MS,
  });
}

/** Ask something about an object, again whenever something has happened. */
function useOfObject<T>(
  ref: Ref,
  what: string,
  options: { readonly everyMs?: number } = {},
): UseQueryResult<T> {
  return useQuery({
    queryKey: ['object', spell(ref), what],
    queryFn: () => ask<T>('GET', operate(ref, what)),
    refetchInterval: options.everyMs ?? false,
  });
}

export const useWhy = (ref: Ref): UseQueryResult<ApiWhy> => useOfObject(ref, 'why', { everyMs: CALM_MS });

export const useEvents = (ref: Ref): UseQueryResult<ApiList<ApiEvent>> => useOfObject(ref, 'events');

export const useNeighbours = (
  ref: Ref,
  direction: 'dependencies' | 'dependents',
): UseQueryResult<ApiList<ApiNeighbour>> => useOfObject(ref, direction, { everyMs: CALM_MS });

export const usePauses = (): UseQueryResult<readonly ApiPause[]> =>
  useQuery({
    queryKey: ['pauses'],
    queryFn: async () => (await ask<ApiList<ApiPause>>('GET', '/xosapi/v1/accord/pauses')).items,
  });

export const useLastEvents = (): UseQueryResult<readonly ApiEvent[]> =>
  useQuery({
    queryKey: ['last events'],
    queryFn: async () => (await ask<ApiList<ApiEvent>>('GET', '/xosapi/v1/accord/events?limit=200')).items,
  });

export const useSynchronizers = (): UseQueryResult<readonly ApiSynchronizer[]> =>
  useQuery({
    queryKey: ['synchronizers'],
    queryFn: async () =>
      (await ask<ApiList<ApiSynchronizer>>('GET', '/xosapi/v1/accord/synchronizers')).items,
    refetchInterval: CALM_MS,
  });

/** What the page is told of the installation. */
export interface PageSettings {
  readonly temporal_ui: string | null;
  readonly temporal_namespace: string;
}

export const usePageSettings = (): UseQueryResult<PageSettings> =>
  useQuery({
    queryKey: ['page'],
    queryFn: () => ask<PageSettings>('GET', '/xosapi/v1/accord/page'),
    staleTime: Infinity,
  });

import type { Ref } from '../model/definition.ts';
import { applyTelling } from './apply-lines.ts';
import { followEvents } from './event-stream.ts';
import type { Lasting } from './lasting-stream.ts';
import type {
  ApiApplied,
  ApiCascade,
  ApiEvent,
  ApiGraph,
  ApiModelGraph,
  ApiNeighbour,
  ApiPause,
  ApiPlan,
  ApiStanding,
  ApiSummary,
  ApiSynchronizer,
  ApiWhy,
} from './operate-wire.ts';
import { LONG_MS, type Ask, type ClientOptions } from './request.ts';
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
  /** What an object depends on or reads, or who depends on it or reads it; the first hundred by id. */
  dependencies(ref: Ref): Promise<ApiList<ApiNeighbour>>;
  dependents(ref: Ref): Promise<ApiList<ApiNeighbour>>;
  /** What would be deleted with an object, in the order of deletion: all counted, the first hundred named. */
  cascade(ref: Ref): Promise<ApiCascade>;
  /**
   * Create what there is not and change what there is, in one transaction; applying twice changes nothing.
   *
   * @param items each with `model`, perhaps `id`, and fields; links as `owner: 'Model/name'` or `owner_id: 1`
   * @param options.onDone is told, now and then, how many of them have been looked at
   */
  apply(items: readonly ApiWish[], options?: ApplyOptions): Promise<ApiApplied>;
  /** Say what would be done, and in which order, were this changed; without changes, what is to be done now. Stores nothing. */
  plan(changes?: PlanOptions): Promise<ApiPlan>;
  /** What is at most so many dependencies away from an object, in either direction. @param hops from 1 to 4 */
  graph(ref: Ref, hops?: number): Promise<ApiGraph>;
  /** Dependencies from model to model, counted. */
  modelGraph(): Promise<ApiModelGraph>;
  /** Objects of all models in few words, by id: a page of them, and where the next one is. */
  fleet(options?: FleetOptions): Promise<ApiList<ApiStanding>>;
  /** Objects by state, model and root cause. */
  summary(): Promise<ApiSummary>;
  synchronizers(): Promise<readonly ApiSynchronizer[]>;
  /** Deliver again the events that a watcher has failed on for good. @returns how many there are */
  retryWatcher(name: string): Promise<number>;
  /** What has happened to an object, also to one that is gone, latest first. */
  eventsOf(ref: Ref, limit?: number): Promise<readonly ApiEvent[]>;
  /** The last events, oldest first, and where to follow on. */
  lastEvents(limit?: number): Promise<{ readonly items: readonly ApiEvent[]; readonly cursor: string }>;
  /** Each event after `cursor`, in order, across lost connections; ends with `signal`. */
  follow(options?: FollowOptions): AsyncGenerator<ApiEvent>;
}

export interface ApplyOptions {
  /** Store nothing. */
  readonly dryRun?: boolean;
  readonly onDone?: (count: number) => void;
}

export interface PlanOptions {
  /** As for `apply`. */
  readonly items?: readonly ApiWish[];
  readonly delete?: readonly Ref[];
  /** Also what depends on what is deleted. */
  readonly cascade?: boolean;
}

export interface FleetOptions {
  /** Any of these, with their descendants; in any case. @default all */
  readonly models?: readonly string[];
  /** `error`, `waiting`, …; any of these. `blocked` is what waits for a failed one, and not also `waiting`. */
  readonly states?: readonly string[];
  /** Words of its `Model/id`, its name, or what its last attempt said. */
  readonly q?: string;
  /** Begin behind this id, and end with that one. */
  readonly after?: number;
  readonly until?: number;
  /** @default 100, at most 1000 */
  readonly limit?: number;
}

/** An object as it is wished: what is left out stays, null clears. */
export type ApiWish = { readonly model: string; readonly id?: number } & Readonly<Record<string, unknown>>;

export interface FollowOptions extends Omit<Lasting, 'lastId'> {
  /** @default from now on */
  readonly cursor?: string;
}

export function operating(ask: Ask, options: ClientOptions): Operating {
  const at = ({ model, id }: Ref, what: string): string => `/xosapi/v1/accord/objects/${model}/${id}/${what}`;
  return {
    why: (ref) => ask('GET', at(ref, 'why')),
    pause: (target, body) => ask('POST', `${pathOf(target)}/pause`, { body }),
    resume: async (target) => (await ask<{ resumed: boolean }>('POST', `${pathOf(target)}/resume`)).resumed,
    dependencies: (ref) => ask('GET', at(ref, 'dependencies')),
    dependents: (ref) => ask('GET', at(ref, 'dependents')),
    cascade: (ref) => ask('GET', at(ref, 'cascade')),
    apply: (items, { dryRun = false, onDone } = {}) => {
      const path = `/xosapi/v1/accord/apply?dry_run=${String(dryRun)}`;
      if (onDone !== undefined) return applyTelling(options, path, { items }, onDone);
      return ask('POST', path, { body: { items }, timeoutMs: LONG_MS });
    },
    plan: (body = {}) => ask('POST', '/xosapi/v1/accord/plan', { body, timeoutMs: LONG_MS }),
    graph: (ref, hops = 2) => ask('GET', `${at(ref, 'graph')}?hops=${hops}`),
    modelGraph: () => ask('GET', '/xosapi/v1/accord/graph'),
    fleet: (options = {}) => ask('GET', fleetPath(options)),
    summary: () => ask('GET', '/xosapi/v1/accord/summary'),
    synchronizers: async () =>
      (await ask<ApiList<ApiSynchronizer>>('GET', '/xosapi/v1/accord/synchronizers')).items,
    retryWatcher: async (name) =>
      (await ask<{ retried: number }>('POST', `/xosapi/v1/accord/watchers/${encodeURIComponent(name)}/retry`))
        .retried,
    eventsOf: async (ref, limit = 100) =>
      (await ask<ApiList<ApiEvent>>('GET', `${at(ref, 'events')}?limit=${limit}`)).items,
    lastEvents: (limit = 100) => ask('GET', `/xosapi/v1/accord/events?limit=${limit}`),
    follow: (how) => followEvents(options, how),
    pauses: async () => (await ask<ApiList<ApiPause>>('GET', '/xosapi/v1/accord/pauses')).items,
  };
}

function fleetPath({ models = [], states = [], q = '', after, until, limit }: FleetOptions): string {
  const query = new URLSearchParams();
  const asked = { model: models.join(','), state: states.join(','), q, after, until, limit };
  for (const [key, value] of Object.entries(asked))
    if (value !== undefined && value !== '') query.set(key, String(value));
  return `/xosapi/v1/accord/objects?${query.toString()}`;
}

function pathOf(target: PauseTarget): string {
  const base = '/xosapi/v1/accord';
  if ('synchronizer' in target) return `${base}/synchronizers/${encodeURIComponent(target.synchronizer)}`;
  if ('id' in target) return `${base}/objects/${target.model}/${target.id}`;
  return `${base}/models/${target.model}`;
}

import type { Queryable } from './database.ts';

/** A synchronizer, and how it keeps up. */
export interface SynchronizerStatus {
  readonly name: string;
  readonly disabled: boolean;
  readonly pretend: boolean;
  readonly models: readonly string[];
  /** Those that have said within the last minute that they live. */
  readonly workers: readonly { readonly name: string; readonly started: string; readonly seen: string }[];
  readonly paused: { readonly reason: string; readonly by: string; readonly until: string | null } | null;
  /** Objects that wait in the outbox for a relay, without those that are set aside; and for how long the first of them has been due. */
  readonly queue: { readonly depth: number; readonly oldest_ms: number | null };
  /** Attempts that run now. */
  readonly running: number;
  readonly watchers: readonly {
    readonly name: string;
    readonly undelivered: number;
    readonly parked: number;
  }[];
  /** Steps that choose what is due: when they are asked next, and what fetchPending threw when it was asked last. */
  readonly pollers: readonly {
    readonly name: string;
    readonly every_ms: number;
    readonly due: string;
    readonly fault: string | null;
  }[];
}

/** List the synchronizers by name. */
export function readSynchronizers(queryable: Queryable): Promise<SynchronizerStatus[]> {
  return queryable.query<SynchronizerStatus>(SYNCHRONIZERS);
}

const SYNCHRONIZERS = `
with waiting as (
  select m.synchronizer, count(distinct b.object_id)::integer as depth,
         extract(epoch from clock_timestamp() - min(b.due))::float8 * 1000 as oldest_ms
    from outbox b join objects o on o.id = b.object_id join models m on m.name = o.model
   where b.kind = 'object' and b.due <= now() group by 1
), running as (
  select m.synchronizer, count(*)::integer as count
    from objects o join models m on m.name = o.model where o.lease_until > clock_timestamp() group by 1
)
select s.name, s.disabled, s.pretend,
       array(select m.name from models m where m.synchronizer = s.name order by m.name) as models,
       coalesce((select jsonb_agg(jsonb_build_object('name', w.name, 'started', w.started, 'seen', w.seen) order by w.name)
          from workers w where w.synchronizer = s.name and w.seen > now() - interval '1 minute'), '[]') as workers,
       (select jsonb_build_object('reason', p.reason, 'by', p.by, 'until', p.until) from pauses p
         where p.scope = 'synchronizer' and p.name = s.name and (p.until is null or p.until > now())) as paused,
       jsonb_build_object('depth', coalesce(q.depth, 0), 'oldest_ms', q.oldest_ms) as queue,
       coalesce(r.count, 0) as running,
       coalesce((select jsonb_agg(jsonb_build_object('name', w.name,
                   'undelivered', (select count(*) from deliveries d where d.watcher = w.name and not d.parked),
                   'parked', (select count(*) from deliveries d where d.watcher = w.name and d.parked)) order by w.name)
          from watchers w where w.synchronizer = s.name), '[]') as watchers,
       coalesce((select jsonb_agg(jsonb_build_object('name', p.name, 'every_ms', p.every_ms, 'due', p.due, 'fault', p.fault)
                                  order by p.name) from pollers p where p.synchronizer = s.name), '[]') as pollers
  from synchronizers s left join waiting q on q.synchronizer = s.name left join running r on r.synchronizer = s.name
 order by s.name`;

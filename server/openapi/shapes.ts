import { z } from 'zod';
import type {
  ApiAttempt,
  ApiAttemptDetail,
  ApiAttemptEvent,
  ApiBundle,
  ApiOutput,
} from '../../client/attempt-wire.ts';
import type {
  ApiAdvice,
  ApiApplied,
  ApiCascade,
  ApiCause,
  ApiEvent,
  ApiGraph,
  ApiModelGraph,
  ApiNamed,
  ApiNeighbour,
  ApiPause,
  ApiPlan,
  ApiPlanned,
  ApiStanding,
  ApiSummary,
  ApiSynchronizer,
  ApiWhy,
} from '../../client/operate-wire.ts';
import type { ApiErrorBody, ApiField, ApiModel } from '../../client/wire.ts';

// What is answered, as schemas for the document. The types keep them in step with what clients are told.

const code = z.literal([0, 1, 2]);
export const STATES = [
  'Synced',
  'Syncing',
  'Waiting',
  'Deferred',
  'Error',
  'Stalled',
  'Paused',
  'Deleting',
  'Pretended',
  'Not managed',
] as const;
const state = z.enum(STATES);
const time = z.iso.datetime();
const count = z.int().nonnegative();
const named = { object: z.string(), name: z.string().nullable() };
const status = { state, backend_code: code, backend_status: z.string() };

const Named: z.ZodType<ApiNamed> = z.object(named);
const Advice: z.ZodType<ApiAdvice> = z.object({ text: z.string(), command: z.string().nullable() });
const Cause: z.ZodType<ApiCause> = z.object({
  ...named,
  ...status,
  since: time,
  generation: z.int(),
  enacted: z.int().nullable(),
  deleted: z.boolean(),
  failures: count,
  attempts: count,
  next_attempt_at: time.nullable(),
  trouble: z.object({ times: count, first_seen: time.nullable(), last_seen: time.nullable(), texts: count }),
});
const Why: z.ZodType<ApiWhy> = z.object({
  chain: z.array(Cause),
  omitted: count,
  others: z.object({ count, first: z.array(Named) }),
  advice: z.array(Advice),
});
const Standing: z.ZodType<ApiStanding> = z.object({
  ...named,
  ...status,
  since: time,
  root: z.string().nullable(),
  failures: count,
  next_attempt_at: time.nullable(),
});
const Pause: z.ZodType<ApiPause> = z.object({
  scope: z.enum(['object', 'model', 'synchronizer']),
  target: z.string(),
  reason: z.string(),
  by: z.string(),
  since: time,
  until: time.nullable(),
});
const Neighbour: z.ZodType<ApiNeighbour> = z.object({
  ...named,
  ...status,
  waits: z.boolean(),
  relations: z.array(
    z.object({
      kind: z.string(),
      field: z.string().nullable(),
      via: z.string().nullable(),
      counts: z.boolean(),
    }),
  ),
});
const Cascade: z.ZodType<ApiCascade> = z.object({
  total: count,
  models: z.array(z.object({ model: z.string(), total: count })),
  items: z.array(Named),
  next: z.string().exactOptional(),
  protected: z.object({ count, first: z.array(Named) }),
});
const Graph: z.ZodType<ApiGraph> = z.object({
  nodes: z.array(z.object({ ...named, state, backend_code: code })),
  edges: z.array(z.object({ from: z.string(), to: z.string(), waits: z.boolean() })),
  is_cut: z.boolean(),
});
const ModelGraph: z.ZodType<ApiModelGraph> = z.object({
  edges: z.array(z.object({ from: z.string(), to: z.string(), count, waits: count })),
});
const Event: z.ZodType<ApiEvent> = z.object({
  cursor: z.string(),
  id: z.int(),
  at: time,
  kind: z.string(),
  object: z.string().nullable(),
  writer: z.string().nullable(),
  detail: z.record(z.string(), z.unknown()),
});
const states = z.record(z.string(), count);
const Summary: z.ZodType<ApiSummary> = z.object({
  total: count,
  states,
  models: z.array(z.object({ model: z.string(), total: count, states })),
  causes: z.object({
    count,
    first: z.array(
      z.object({
        ...named,
        state,
        backend_status: z.string(),
        since: time,
        failures: count,
        next_attempt_at: time.nullable(),
        holds: count,
      }),
    ),
  }),
  cursor: z.string(),
});
// Times of Postgres's JSON have another form.
const pgTime = z.string();
const Synchronizer: z.ZodType<ApiSynchronizer> = z.object({
  name: z.string(),
  disabled: z.boolean(),
  pretend: z.boolean(),
  models: z.array(z.string()),
  workers: z.array(z.object({ name: z.string(), started: pgTime, seen: pgTime })),
  paused: z.object({ reason: z.string(), by: z.string(), until: pgTime.nullable() }).nullable(),
  queue: z.object({ depth: count, oldest_ms: z.number().nullable() }),
  running: count,
  watchers: z.array(z.object({ name: z.string(), undelivered: count, parked: count })),
  pollers: z.array(
    z.object({ name: z.string(), every_ms: count, due: pgTime, fault: z.string().nullable() }),
  ),
  parked: z.array(
    z.object({
      id: z.int(),
      watcher: z.string(),
      object: z.string(),
      event: z.string(),
      error: z.string(),
      at: time,
    }),
  ),
});
const Applied: z.ZodType<ApiApplied> = z.object({
  dry_run: z.boolean(),
  created: count,
  updated: count,
  unchanged: count,
  items: z.array(
    z.object({
      model: z.string(),
      object: z.string().nullable(),
      name: z.string().nullable(),
      act: z.enum(['created', 'updated', 'unchanged']),
      changes: z.record(z.string(), z.object({ before: z.unknown(), after: z.unknown() })),
    }),
  ),
});
const Planned: z.ZodType<ApiPlanned> = z.object({
  model: z.string(),
  object: z.string().nullable(),
  name: z.string().nullable(),
  act: z.enum(['create', 'change', 'resync', 'delete', 'pending']),
  item: count.nullable(),
  changes: z.record(z.string(), z.object({ before: z.unknown(), after: z.unknown() })),
  reason: z.string().nullable(),
  wave: z.int().positive().nullable(),
  after: z.array(z.string()),
});
const Plan: z.ZodType<ApiPlan> = z.object({
  create: count,
  change: count,
  resync: count,
  delete: count,
  pending: count,
  unchanged: count,
  omitted: count,
  waves: count,
  chain: z.array(z.string()),
  circle: z.array(z.string()),
  items: z.array(Planned),
});
const Field: z.ZodType<ApiField> = z.object({
  name: z.string(),
  type: z.string(),
  repeated: z.boolean(),
  state: z.enum(['declarative', 'feedback']),
  required: z.boolean(),
  secret: z.boolean(),
  default: z.unknown(),
  choices: z.array(z.unknown()).nullable(),
  peer: z.string().nullable(),
  help_text: z.string(),
});
const Model: z.ZodType<ApiModel> = z.object({
  name: z.string(),
  app: z.string(),
  plural: z.string(),
  abstract: z.boolean(),
  bases: z.array(z.string()),
  description: z.string(),
  synchronizer: z.string(),
  managed: z.boolean(),
  fields: z.array(Field),
});
const Fault: z.ZodType<ApiErrorBody['error']['faults'][number]> = z.object({
  field: z.string().exactOptional(),
  message: z.string(),
});

const attempt = {
  number: count,
  kind: z.enum(['sync', 'delete', 'police']),
  generation: z.int().nullable(),
  worker: z.string(),
  started: time,
  finished: time.nullable(),
  duration_ms: count.nullable(),
  outcome: z.string().nullable(),
  code: z.string().nullable(),
  text: z.string().nullable(),
  summary: z.string().nullable(),
  has_bundle: z.boolean(),
};
const Attempt: z.ZodType<ApiAttempt> = z.object(attempt);
const AttemptDetail: z.ZodType<ApiAttemptDetail> = z.object({ ...attempt, log: z.string().nullable() });
const AttemptEvent: z.ZodType<ApiAttemptEvent> = z.looseObject({
  number: count,
  at: time,
  event: z.string(),
});
const Output: z.ZodType<ApiOutput> = z.object({ output: z.string().nullable() });
const Bundle: z.ZodType<ApiBundle> = z.object({
  object: z.string(),
  app: z.string(),
  synchronizer: z.string(),
  bundle: z.record(z.string(), z.unknown()),
});

const listOf = (item: z.ZodType) => z.object({ items: z.array(item), next: z.string().optional() });

/** By the name that the document has for it. */
export const SHAPES: Readonly<Record<string, z.ZodType>> = {
  AccordWhy: Why,
  AccordFleet: listOf(Standing),
  AccordCascade: Cascade,
  AccordGraph: Graph,
  AccordModelGraph: ModelGraph,
  AccordPause: Pause,
  AccordPauses: listOf(Pause),
  AccordResumed: z.object({ resumed: z.boolean() }),
  AccordRetried: z.object({ retried: count }),
  AccordNeighbours: listOf(Neighbour),
  AccordEventsOfObject: listOf(Event),
  AccordEvents: z.object({ items: z.array(Event), cursor: z.string() }),
  AccordAttempts: listOf(Attempt),
  AccordAttempt: AttemptDetail,
  AccordAttemptEvents: listOf(AttemptEvent),
  AccordOutput: Output,
  AccordBundle: Bundle,
  AccordSummary: Summary,
  AccordSynchronizers: listOf(Synchronizer),
  AccordApplied: Applied,
  AccordPlan: Plan,
  AccordModels: listOf(Model),
  AccordDeleted: z.object({ deleted: z.array(z.string()) }),
  AccordHealth: z.object({ status: z.literal('ok') }),
  AccordReadiness: z.object({
    status: z.literal('ok'),
    database: z.literal('ok'),
    temporal: z.enum(['ok', 'away']).optional(),
  }),
  AccordError: z.object({
    error: z.object({
      code: z.string(),
      message: z.string(),
      faults: z.array(Fault),
      current: z.record(z.string(), z.unknown()).optional(),
      dependents: z.array(z.string()).optional(),
    }),
  }),
};

import { afterAll, beforeAll, beforeEach } from 'vitest';
import { defineModel, policy, type Logger } from '../../define/index.ts';
import type { AnyPolicy } from '../../define/synchronizer.ts';
import type { Ref } from '../../model/definition.ts';
import { readModelDeps } from '../../plan/model-deps.ts';
import type { StoredObject } from '../../store/types.ts';
import { createBackend, type Backend } from './backend.ts';
import { startEngine, type Engine } from './engine.ts';
import { field, link, model } from './models.ts';

const fields = [
  field('name', { maxLength: 50 }),
  field('size', { nullable: true, blank: true }),
  field('backend_handle', { state: 'feedback', nullable: true }),
  field('password', { secret: true, nullable: true }),
];
const MODELS = [
  model('Tenant', { fields, links: [link('room', 'Room')] }),
  model('Room', { fields, links: [link('tenant', 'Tenant')] }),
  model('Guest', { fields, links: [link('tenant', 'Tenant')] }),
  model('Rule', { fields }),
  model('Ping', { fields, links: [link('pong', 'Pong')] }),
  model('Pong', { fields, links: [link('ping', 'Ping')] }),
];
const WITH_STEP = ['Tenant', 'Room', 'Guest'];
const WITH_POLICY = ['Tenant', 'Rule', 'Ping', 'Pong'];

/** Any object, as a policy sees it: the tests are about what happens, not about types. */
export interface Seen extends Ref {
  readonly name: string;
  readonly size: string | null;
  readonly password: string | null;
  readonly tenant: Ref | null;
  readonly room: Ref | null;
  readonly pong: Ref | null;
  readonly ping: Ref | null;
}
interface Named {
  readonly name: string;
}
export interface LabContext {
  readonly follow: (ref: Ref) => Promise<Seen>;
  readonly find: (model: Named, where: Readonly<Record<string, unknown>>) => Promise<Seen[]>;
  readonly create: (model: Named, state: Readonly<Record<string, unknown>>) => Promise<Seen>;
  readonly update: (object: Ref, changes: Readonly<Record<string, unknown>>) => Promise<void>;
  readonly remove: (object: Ref) => Promise<void>;
  readonly record: (feedback: Readonly<Record<string, unknown>>) => Promise<void>;
  readonly log: Logger;
  readonly signal: AbortSignal;
}
export type Handler = (object: Seen, context: LabContext) => unknown;
type Handlers = Partial<Record<'handleCreate' | 'handleUpdate' | 'handleDelete', Handler>>;

/** Models as values. */
export const Room = defineModel('Room');
export const Pong = defineModel('Pong');

export interface PolicyLab {
  readonly engine: Engine;
  readonly backend: Backend;
  /** What the policy of a model does from now on. */
  answer(model: string, handlers: Handlers): void;
  /** What policies were asked about an object, in order. */
  callsOf(ref: Ref): string[];
  /** How often policies were called. */
  calls(): number;
  /** The rooms that link to this tenant. */
  roomsOf(tenant: Ref): Promise<StoredObject[]>;
  row(ref: Ref): Promise<Record<string, unknown>>;
}

/**
 * Open an engine for one test file, with policies whose handlers each test sets.
 *
 * Tenants have a step and a policy, Rooms and Guests a step, Rules, Pings and Pongs a policy.
 */
export function openPolicyLab(): PolicyLab {
  const backend = createBackend();
  let handlers: Record<string, Handlers> = {};
  let calls: { readonly what: string; readonly id: number }[] = [];
  let engine: Engine | undefined;

  const policyFor = (of: string): AnyPolicy => {
    const run = (handler: keyof Handlers) => async (object: Seen, context: LabContext) => {
      calls.push({ what: `${handler} ${object.name}`, id: object.id });
      await handlers[of]?.[handler]?.(object, context);
    };
    const [handleCreate, handleUpdate, handleDelete] = (
      ['handleCreate', 'handleUpdate', 'handleDelete'] as const
    ).map(run);
    return { ...policy({ model: defineModel(of) }), handleCreate, handleUpdate, handleDelete } as AnyPolicy;
  };
  const started = (): Engine => {
    if (engine === undefined) throw new Error('the engine has not been started yet');
    return engine;
  };

  beforeAll(async () => {
    const steps = Object.fromEntries(WITH_STEP.map((name) => [name, backend.step(name)]));
    const policies = Object.fromEntries(WITH_POLICY.map((name) => [name, policyFor(name)]));
    // Ping and Pong lead to each other: so that is no dependency of Pong's.
    const { deps: modelDeps } = readModelDeps({ Pong: [] });
    engine = await startEngine(MODELS, steps, { policies, modelDeps });
  });
  afterAll(() => engine?.stop());
  beforeEach(() => {
    backend.reset();
    handlers = {};
    calls = [];
  });

  return {
    get engine() {
      return started();
    },
    backend,
    answer(of, how) {
      handlers[of] = how;
    },
    callsOf: ({ id }) => calls.filter((call) => call.id === id).map(({ what }) => what),
    calls: () => calls.length,
    async roomsOf({ id }) {
      const rooms = await started().store.list('Room', { limit: 1000 });
      return rooms.filter(({ declarative }) => (declarative['tenant'] as Ref | null)?.id === id);
    },
    async row({ id }) {
      const rows = await started().store.database.query<Record<string, unknown>>(
        'select * from objects where id = $1',
        [id],
      );
      return rows[0] ?? {};
    },
  };
}

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { step, type StepContext } from '../../define/index.ts';
import { defineModel } from '../../define/model.ts';
import type { Ref } from '../../model/definition.ts';
import { startEngine, type Engine } from '../support/engine.ts';
import { field, model } from '../support/models.ts';
import { waitFor } from '../support/wait-for.ts';

/** What the step sees, as code that no compiler has seen may use it. */
type Seen = Ref & { name: string; readonly backend_id: string | null };
type Context = StepContext & {
  readonly record: (feedback: object) => Promise<void>;
  readonly create: (...given: unknown[]) => unknown;
  readonly update: (...given: unknown[]) => unknown;
  readonly remove: (...given: unknown[]) => unknown;
};
type Sync = (object: Seen, context: Context) => unknown;

const Machine = defineModel('Machine');
const MODELS = [
  model('Machine', {
    fields: [
      field('name', { maxLength: 50 }),
      field('backend_id', { state: 'feedback', nullable: true }),
      field('address', { state: 'feedback', nullable: true }),
    ],
  }),
];

/** What the step does; a test says so. */
let does: Sync;
/** The back end's id of each object, as the step has seen it, in order. */
let seen: (string | null)[];
let engine: Engine;

beforeAll(async () => {
  const machines = step({
    synchronizes: Machine,
    async syncRecord(object, context) {
      const machine = object as unknown as Seen;
      seen.push(machine.backend_id);
      return await does(machine, context as Context);
    },
    deleteRecord(object) {
      seen.push((object as unknown as Seen).backend_id);
    },
  });
  engine = await startEngine(MODELS, { Machine: machines });
});
afterAll(() => engine.stop());
beforeEach(() => {
  does = () => ({});
  seen = [];
});

/** Something that the step waits for. */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe('feedback that is recorded in the middle of a step', () => {
  test('is there at once, and what is returned later is added to it', async () => {
    const { opened, open } = gate();
    does = async (_, { record }) => {
      await record({ backend_id: 'm-1' });
      await opened;
      return { address: '10.0.0.1' };
    };
    const machine = await engine.create('Machine', { name: 'm' });
    const halfway = await engine.until(
      machine,
      ({ feedback }) => feedback['backend_id'] === 'm-1',
      'to have its id',
    );
    expect(halfway).toMatchObject({ state: 'Syncing', enacted: null, feedback: { address: null } });
    open();
    expect(await engine.untilState(machine, 'Synced')).toMatchObject({
      feedback: { backend_id: 'm-1', address: '10.0.0.1' },
    });
  });

  test('is seen by the next attempt, when this one fails right after it', async () => {
    does = async ({ backend_id }, { record }) => {
      if (backend_id !== null) return {};
      await record({ backend_id: 'm-2' });
      throw new Error('lost the connection');
    };
    const machine = await engine.create('Machine', { name: 'm' });
    await engine.untilState(machine, 'Synced');
    expect(seen).toEqual([null, 'm-2']);
  });

  test('is seen by deleteRecord, although no attempt has ever succeeded', async () => {
    does = async (_, { record }) => {
      await record({ backend_id: 'm-3' });
      throw new Error('lost the connection');
    };
    const machine = await engine.create('Machine', { name: 'm' });
    await engine.untilState(machine, 'Error');
    await engine.remove(machine);
    await engine.untilGone(machine);
    expect(seen.at(-1)).toBe('m-3');
  });

  test('when the attempt holds its object no longer, is refused, and kept with the attempt', async () => {
    const { opened, open } = gate();
    const refusals: string[] = [];
    does = async (_, { record }) => {
      if (seen.length > 1) return {};
      await opened;
      await record({ backend_id: 'm-4' }).catch((error: unknown) => {
        refusals.push(error instanceof Error ? error.message : String(error));
        throw error;
      });
      return {};
    };
    const machine = await engine.create('Machine', { name: 'm' });
    await waitFor('the attempt to begin', () => (seen.length > 0 ? true : undefined));
    // As if this process had been frozen, and another attempt had begun and ended meanwhile.
    await engine.store.database.query(
      "update objects set fence = nextval('fence_tokens'), lease_until = now() where id = $1",
      [machine.id],
    );
    open();
    await engine.untilState(machine, 'Synced');
    expect(refusals).toEqual([
      `this attempt holds Machine/${machine.id} no longer; its feedback was not stored`,
    ]);
    expect((await engine.get(machine))?.feedback['backend_id']).toBeNull();
    const [first] = await engine.store.database.query<{ text: string }>(
      'select text from attempts where object_id = $1 order by number',
      [machine.id],
    );
    expect(first?.text).toContain('feedback that came too late: {"backend_id": "m-4"}');
  });
});

describe('a step is refused in a sentence', () => {
  test.each<[string, string, Sync]>([
    [
      'assigning to its object',
      'cannot be written to: a step reads name; it returns the feedback that is to be stored',
      (machine) => void (machine.name = 'x'),
    ],
    [
      'assigning to feedback',
      'cannot be written to: a step reads backend_id; it returns the feedback',
      (machine) => void ((machine as { backend_id: string }).backend_id = 'x'),
    ],
    [
      'returning declarative state',
      'the step of Machine reported feedback that cannot be stored: name is declarative state',
      () => ({ name: 'x' }),
    ],
    [
      'recording declarative state',
      'the step of Machine reported feedback that cannot be stored: name is declarative state',
      (_, { record }) => record({ name: 'x' }),
    ],
    [
      'returning what its model does not have',
      'the step of Machine reported feedback that cannot be stored: Machine has no field "backend_handel"',
      () => ({ backend_handel: 'x' }),
    ],
    [
      'returning a list',
      'the step of Machine must return an object of feedback fields, or nothing',
      () => ['x'],
    ],
    [
      'creating objects',
      'a step only reads declarative state: to create objects is for policies',
      (_, { create }) => create(Machine, { name: 'x' }),
    ],
    [
      'updating objects',
      'a step only reads declarative state: to update objects is for policies',
      (machine, { update }) => update(machine, { name: 'x' }),
    ],
    [
      'removing objects',
      'a step only reads declarative state: to remove objects is for policies',
      (machine, { remove }) => remove(machine),
    ],
  ])('%s', async (_, sentence, sync) => {
    does = sync;
    const machine = await engine.create('Machine', { name: 'm' });
    const { backend_status } = await engine.untilState(machine, 'Error');
    expect(backend_status).toContain(sentence);
    expect((await engine.get(machine))?.declarative['name']).toBe('m');
    does = () => ({});
    await engine.untilState(machine, 'Synced');
  });
});

test('with every process healthy the sweep finds nothing', async () => {
  expect(await engine.store.database.query("select * from events where kind = 'found by the sweep'")).toEqual(
    [],
  );
});

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { defineModel, DeferredException, restStep, step, type Ref, type Step } from '../../define/index.ts';
import { conformance } from '../../testing/conformance.ts';
import { createWorld } from '../../testing/world.ts';
import { temporaryFolder } from '../support/folder.ts';

interface Goal {
  name: string;
  password: string;
}
interface Feedback {
  backend_handle: string | null;
}
const Lamp = defineModel<'Lamp', Goal, Feedback>('Lamp');
type LampStep = Omit<Step<typeof Lamp>, 'synchronizes'>;

const ALL = 'http://lamps.example/lamps';
const LAMP = { model: 'Lamp', id: 7, name: 'hall', password: 'open sesame', backend_handle: null };

async function send(method: string, url: string, body?: unknown): Promise<Response> {
  const response = await fetch(url, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok && !(method === 'DELETE' && response.status === 404))
    throw new Error(`${method} answered ${response.status}`);
  return response;
}

/** A step that does all as it should; what is given is done otherwise. */
async function verdicts(otherwise: Partial<LampStep> = {}): Promise<Record<string, string>> {
  const folder = await temporaryFolder();
  const sound: LampStep = {
    async syncRecord(lamp) {
      const backend_handle = `${ALL}/${lamp.id}`;
      await send('PUT', backend_handle, { name: lamp.name });
      return { backend_handle };
    },
    async deleteRecord(lamp) {
      await send('DELETE', `${ALL}/${lamp.id}`);
    },
  };
  const world = createWorld(folder);
  try {
    const subject = step({ synchronizes: Lamp, ...sound, ...otherwise });
    const findings = await conformance({ step: subject, object: LAMP, world, secrets: ['open sesame'] });
    return Object.fromEntries(findings.map(({ check, verdict }) => [check, verdict]));
  } finally {
    world.end();
  }
}

const failing = async (otherwise: Partial<LampStep>): Promise<string[]> =>
  Object.entries(await verdicts(otherwise)).flatMap(([check, verdict]) =>
    verdict === 'failed' ? [check] : [],
  );

describe('the conformance kit', () => {
  test('has nothing to say against a step that does as it should', async () => {
    expect(await verdicts()).toEqual({
      'runs twice': 'passed',
      'survives a kill': 'passed',
      'killed, leaves no orphan': 'passed',
      'deletes twice': 'passed',
      'deletes what never existed': 'passed',
      'waits for what it needs': 'skipped',
      'keeps to the order': 'skipped',
      'keeps secrets': 'passed',
    });
  });

  test('catches a step that makes another one each time', async () => {
    const found = await failing({
      async syncRecord(lamp) {
        const made = (await (await send('POST', ALL, { name: lamp.name })).json()) as { id: string };
        return { backend_handle: `${ALL}/${made.id}` };
      },
      async deleteRecord(lamp) {
        if (lamp.backend_handle !== null) await send('DELETE', lamp.backend_handle);
      },
    });
    expect(found).toEqual(['runs twice', 'survives a kill', 'killed, leaves no orphan']);
  });

  test('catches one that knows what it has made only when it has ended', async () => {
    const found = await failing({
      async syncRecord(lamp) {
        const backend_handle = lamp.backend_handle ?? `${ALL}/${(await idOf(lamp.name)) ?? 'x'}`;
        await send('PUT', backend_handle, { name: lamp.name });
        return { backend_handle };
      },
      async deleteRecord(lamp) {
        if (lamp.backend_handle !== null) await send('DELETE', lamp.backend_handle);
      },
    });
    expect(found).toEqual(['killed, leaves no orphan']);
  });

  test('is content when its handle is recorded before it exists', async () => {
    const found = await failing({
      async syncRecord(lamp, { record }) {
        const backend_handle = `${ALL}/${lamp.id}`;
        await record({ backend_handle });
        await send('PUT', backend_handle, { name: lamp.name });
        return { backend_handle };
      },
      async deleteRecord(lamp) {
        if (lamp.backend_handle !== null) await send('DELETE', lamp.backend_handle);
      },
    });
    expect(found).toEqual([]);
  });

  test('catches a deletion that minds, and one that does nothing', async () => {
    const minds = await failing({
      async deleteRecord(lamp) {
        const { ok } = await fetch(`${ALL}/${lamp.id}`, { method: 'DELETE' });
        if (!ok) throw new Error('there is none');
      },
    });
    expect(minds).toEqual(['deletes twice', 'deletes what never existed']);
    expect(await failing({ deleteRecord: () => undefined })).toEqual([
      'killed, leaves no orphan',
      'deletes twice',
    ]);
  });

  test('says of no kill that it was survived where none was possible', async () => {
    const { 'survives a kill': survives, 'killed, leaves no orphan': leaves } = await verdicts({
      syncRecord: () => undefined,
    });
    expect([survives, leaves]).toEqual(['skipped', 'skipped']);
  });

  test('catches secrets in logs and in errors', async () => {
    const logs = await failing({
      async syncRecord(lamp, { log }) {
        log.info({ lamp }, 'on its way');
      },
    });
    expect(logs).toContain('keeps secrets');
    const errors = await failing({
      deleteRecord: (lamp) => {
        throw new Error(`login failed: ${lamp.password}`);
      },
    });
    expect(errors).toContain('keeps secrets');
  });

  test('is content with one that looks for what it has made before it makes another', async () => {
    const Hall = defineModel<'Hall', { name: string }, { hall_id: string | null }>('Hall');
    const subject = restStep({
      synchronizes: Hall,
      url: ({ hall_id }) => `${ALL}/${hall_id}`,
      body: ({ name }) => ({ name }),
      create: {
        url: () => ALL,
        idField: 'hall_id',
        find: ({ name }) => `${ALL}?name=${encodeURIComponent(name)}&limit=1`,
      },
    });
    const object = { model: 'Hall', id: 7, name: 'east & west', hall_id: null };
    const world = createWorld(await temporaryFolder());
    try {
      const findings = await conformance({ step: subject, object, world });
      expect(findings.filter(({ verdict }) => verdict === 'failed')).toEqual([]);
    } finally {
      world.end();
    }
  });

  test('answers a query with what it means alone', async () => {
    const { rest, end } = createWorld(await temporaryFolder());
    try {
      const east = (await send('POST', ALL, { name: 'east' })).headers.get('location') ?? '';
      await send('POST', ALL, { name: 'west' });
      await send('PUT', `${east}/bulbs/1`, { name: 'west' });
      const found = async (address: string): Promise<unknown> => (await fetch(address)).json();
      expect(await found(`${ALL}?name=west`)).toEqual([{ id: '2', name: 'west' }]);
      expect(await found(`${ALL}/?name=north`)).toEqual([]);
      expect(await found(`${east}?verbose=1`)).toEqual({ id: '1', name: 'east' });
      expect(rest.requests).toContain(`GET ${ALL}?name=west`);
    } finally {
      end();
    }
  });

  test('sees files as it sees requests', async () => {
    const folder = await temporaryFolder();
    const file = (id: number): string => join(folder, `${id}`, 'lamp.json');
    const world = createWorld(folder);
    try {
      const subject = step({
        synchronizes: Lamp,
        async syncRecord(lamp) {
          await mkdir(join(folder, `${lamp.id}`), { recursive: true });
          await writeFile(file(lamp.id), lamp.name);
        },
        async deleteRecord(lamp) {
          await rm(file(lamp.id));
        },
      });
      const findings = await conformance({ step: subject, object: LAMP, world });
      const [first, kill, , twice] = findings;
      expect(first).toMatchObject({ verdict: 'passed' });
      expect(kill?.what).toContain('killed after 2 of 2 effects');
      expect(twice).toMatchObject({ verdict: 'failed', what: expect.stringContaining('ENOENT') as string });
    } finally {
      world.end();
    }
    // What was replaced is back.
    await writeFile(join(folder, 'free'), 'yes');
  });

  test('says of one that never runs that nothing else can be said', async () => {
    expect(
      await verdicts({
        syncRecord: () => {
          throw new DeferredException('not today');
        },
      }),
    ).toEqual({ runs: 'failed' });
  });
});

describe('the order that a step keeps to', () => {
  const ROOM = { model: 'Room', id: 3, backend_handle: '/rooms/3' };
  const Room = defineModel<'Room', { name: string }, Feedback>('Room');
  const room = { model: Room.name, id: ROOM.id } as Ref<typeof Room>;

  /** Asks the room for its handle, when it makes a lamp and when it deletes one. */
  const inRooms = (deletesWithout: boolean) =>
    step({
      synchronizes: Lamp,
      async syncRecord(lamp, { follow }) {
        const { backend_handle } = await follow(room);
        if (backend_handle === null) throw new DeferredException('its room has no handle');
        await send('PUT', `${ALL}/${lamp.id}`, { room: backend_handle });
      },
      async deleteRecord(lamp, { follow }) {
        const { backend_handle } = await follow(room);
        if (backend_handle === null && !deletesWithout) throw new Error('its room has no handle');
        await send('DELETE', `${ALL}/${lamp.id}`);
      },
    });
  const order = async (deletesWithout: boolean, dependencies: readonly string[]) => {
    const world = createWorld(await temporaryFolder());
    try {
      const subject = { step: inRooms(deletesWithout), object: LAMP, objects: [ROOM], world };
      const findings = await conformance({ ...subject, dependencies: new Set(dependencies) });
      return findings.find(({ check }) => check === 'keeps to the order');
    } finally {
      world.end();
    }
  };

  test('is broken by one that needs, to be deleted, what it does not depend on', async () => {
    expect(await order(false, [])).toMatchObject({
      verdict: 'failed',
      what: 'deleted when Room/3 had no handle, it failed: its room has no handle',
    });
  });

  test('is no matter for one that does without, or depends on it', async () => {
    expect(await order(true, [])).toMatchObject({ verdict: 'passed' });
    expect(await order(false, ['Room/3'])).toMatchObject({ verdict: 'skipped' });
  });
});

async function idOf(name: string): Promise<string | undefined> {
  return Promise.resolve(name === '' ? undefined : 'named-by-somebody-else');
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Ref } from '../../model/definition.ts';
import { Refusal } from '../../store/errors.ts';
import type { Store } from '../../store/store.ts';
import { MODELS } from './installation.ts';
import type { Random } from './random.ts';
import { nameOf, type Witness } from './witness.ts';

const ME = { name: 'a random person' };

/** A life of some objects that one seed determines, as far as what people do goes. */
export interface Life {
  readonly refs: Ref[];
  /** What was done, in order: for whoever has to find out why. */
  readonly deeds: string[];
}

/** Create `size` objects with random links, and then edit, re-point, pause and delete at random. */
export async function live(
  name: string,
  store: Store,
  random: Random,
  size: number,
  edits: number,
  restart: () => Promise<void>,
): Promise<Life> {
  const life: Life = { refs: [], deeds: [] };
  const paused: Ref[] = [];

  const attempt = async (deed: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
      life.deeds.push(deed);
    } catch (error) {
      // What may not be is refused, and nothing of it is done.
      if (!(error instanceof Refusal)) throw error;
      life.deeds.push(`${deed}: refused, ${error.code}`);
    }
  };
  const pick = (): Ref | undefined => random.pick(life.refs);
  // Also to what is newer: then it may be refused, since it would close a circle.
  const some = (model: string): Ref | undefined =>
    random.pick(life.refs.filter((ref) => ref.model === model));
  const links = (model: string, probability: number): Record<string, unknown> =>
    Object.fromEntries<unknown>(
      (MODELS.find(({ name }) => name === model)?.links ?? [])
        .filter(() => random.chance(probability))
        .map((link) => {
          const target = some(link.peer) ?? null;
          if (link.kind !== 'manytomany') return [link.name, random.chance(0.15) ? null : target] as const;
          return [link.name, [target, some(link.peer)].filter((one) => one !== null && one !== undefined)];
        }),
    );
  const create = async (): Promise<void> => {
    const model = random.pick(MODELS)?.name ?? 'Site';
    await attempt(`create ${model}`, async () => {
      const fields = { life: name, ...links(model, 0.7) };
      life.refs.push(await store.write(ME, (tx) => tx.create(model, fields)));
    });
  };
  const edit = async (ref: Ref): Promise<void> => {
    const changes = { n: random.int(1_000_000), ...links(ref.model, 0.3) };
    await attempt(`edit ${nameOf(ref)}`, () => store.write(ME, (tx) => tx.update(ref, changes)));
  };
  const remove = (ref: Ref): Promise<void> => {
    const cascade = random.chance(0.5);
    return attempt(`delete ${nameOf(ref)}${cascade ? ' --cascade' : ''}`, () =>
      store.write(ME, (tx) => tx.remove(ref, { cascade })),
    );
  };
  const hold = (ref: Ref): Promise<void> =>
    attempt(`pause ${nameOf(ref)}`, async () => {
      await store.pause(ME, { scope: 'object', name: String(ref.id) }, { reason: 'at random' });
      paused.push(ref);
    });
  const letGo = (ref: Ref): Promise<void> =>
    attempt(`resume ${nameOf(ref)}`, () => store.resume(ME, { scope: 'object', name: String(ref.id) }));

  for (let index = 0; index < size; index += 1) await create();
  for (let index = 0; index < edits; index += 1) {
    const ref = pick();
    const what = random.int(100);
    if (what < 45 && ref) await edit(ref);
    else if (what < 60) await create();
    else if (what < 80 && ref) await remove(ref);
    else if (what < 90 && ref) await hold(ref);
    else if (what < 98)
      await (paused.length > 0 ? letGo(paused.shift() ?? { model: 'Site', id: 0 }) : create());
    else await restart();
    if (random.chance(0.3)) await sleep(random.int(40));
  }
  for (const ref of paused) await letGo(ref);
  return life;
}

/** What must be true once people are quiet and the back end is well: broken promises, as sentences. */
export async function check(store: Store, witness: Witness, life: Life): Promise<string[]> {
  const problems: string[] = [];
  for (const ref of life.refs) {
    const object = await store.get(ref);
    const resource = witness.resources.get(ref.id);
    if (object === null) {
      if (resource !== undefined) problems.push(`${nameOf(ref)} is gone, but the back end still has it`);
      continue;
    }
    if (object.state !== 'Synced') {
      problems.push(
        `${nameOf(ref)} is ${object.state} (${object.backend_status}), generation ${object.generation}, enacted ${object.enacted ?? 'none'}`,
      );
    } else if (resource?.n !== object.declarative['n']) {
      problems.push(
        `${nameOf(ref)} is Synced, but the back end has n = ${resource?.n ?? 'nothing'}, not ${JSON.stringify(object.declarative['n'])}`,
      );
    }
  }
  return problems;
}

/** Wait until nothing is left to be done for these objects; say what is, when time is up. */
export async function settle(store: Store, life: Life, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  const ids = life.refs.map(({ id }) => id);
  while (performance.now() < deadline) {
    const [row] = await store.database.query<{ busy: number }>(
      'select count(*) as busy from objects o where id = any ($1::bigint[]) and has_work(o)',
      [ids],
    );
    if (row?.busy === 0) return true;
    await sleep(30);
  }
  return false;
}

/** A stalled object waits for a person: be one. */
export async function encourage(store: Store, life: Life): Promise<void> {
  const stalled = await store.database.query<Ref>(
    "select model, id from objects where id = any ($1::bigint[]) and outcome = 'stalled' and outcome_generation = generation and not deleted",
    [life.refs.map(({ id }) => id)],
  );
  for (const ref of stalled) {
    const object = await store.get(ref);
    const n = Number(object?.declarative['n'] ?? 0) + 1;
    await store.write(ME, (tx) => tx.update(ref, { n })).catch(() => undefined);
  }
}

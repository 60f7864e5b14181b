import {
  DeferredException,
  modelLink,
  policy,
  step,
  watcher,
  type Reader,
  type StepContext,
} from '../../define/index.ts';
import { defineModel } from '../../define/model.ts';
import type { AnyPolicy, AnyStep, AnyWatcher } from '../../define/synchronizer.ts';
import type { WatchedEvent } from '../../define/watcher.ts';
import type { Ref } from '../../model/definition.ts';
import type { Eyes } from './looks.ts';
import type { Seen } from './models.ts';
import type { Moods } from './moods.ts';
import { WATCHERS, type Onlooker } from './onlooker.ts';
import type { Witness } from './witness.ts';

/** Who is called when the code of the synchronizers acts on an object of a life. */
export interface Actors {
  readonly witness: Witness;
  readonly onlooker: Onlooker;
  readonly moods: Moods;
  /** What dependsOn has said last. */
  readonly named: Map<number, readonly number[]>;
}

export type ActorsOf = (life: string) => Actors;

/** The live nets of a life that have this color: read beside the engine, which takes no note of it. */
export type NetsOf = (life: string, color: string | null) => Promise<readonly number[]>;

const define = (name: string) => defineModel<string, object, { backend_handle: string; echo: number }>(name);

/** Author code sees every object alike here. */
const eyesOf = ({ follow, find }: Reader): Eyes => ({
  follow: async (ref) => (await follow(ref)) as unknown as Seen,
  find: async (model, where) => (await find(define(model), where)) as unknown as Seen[],
});

const LONG_MS = 3_600_000;

/** A step that hands each object to the witness of its life. */
export function stepOf(model: string, actorsOf: ActorsOf, netsOf: NetsOf): AnyStep {
  const sync = async (object: Seen, context: StepContext): Promise<void> => {
    const { witness, named } = actorsOf(object.life);
    const dependencies = named.get(object.id) ?? [];
    const live = model === 'Service' ? await netsOf(object.life, object.color) : [];
    await witness.sync(
      object,
      context,
      eyesOf(context),
      dependencies.filter((id) => live.includes(id)),
    );
  };
  const own = step({
    synchronizes: define(model),
    async syncRecord(object, context) {
      const seen = object as unknown as Seen;
      if (model === 'Service') await awaitHosts(seen, context);
      if (model === 'Host') await context.record({ backend_handle: `h${seen.id}` });
      await sync(seen, context);
      return { backend_handle: `h${seen.id}`, echo: seen.n };
    },
    deleteRecord: (object, context) =>
      actorsOf((object as unknown as Seen).life).witness.remove(object as unknown as Seen, context),
  });
  // A host that has failed waits for so long that only a new goal or a resync can be the end of it.
  if (model === 'Host') return { ...own, retry: { initialMs: LONG_MS, maxMs: LONG_MS } } as AnyStep;
  if (model === 'Net') return { ...own, onNewGoal: 'cancel' } as AnyStep;
  if (model !== 'Service') return own as AnyStep;
  return {
    ...own,
    async dependsOn(object: Seen, { find }: Reader): Promise<readonly Ref[]> {
      const { moods, named } = actorsOf(object.life);
      const nets = await find(define('Net'), { life: object.life, color: object.color } as object);
      moods.next('dependsOn', object.serial).misbehave();
      named.set(
        object.id,
        nets.map(({ id }) => id),
      );
      return nets;
    },
  } as AnyStep;
}

/** A service is put off for long while a host of its color is behind: that this has changed must end it. */
async function awaitHosts(service: Seen, context: StepContext): Promise<void> {
  const hosts = await eyesOf(context).find('Host', { life: service.life, color: service.color });
  if (hosts.some(({ n, echo }) => n !== echo))
    throw new DeferredException('its hosts are behind', { afterMs: LONG_MS });
}

/** What policies may do, whatever the model. */
interface PolicyActions {
  readonly find: (model: { name: string }, where: object) => Promise<Seen[]>;
  readonly create: (model: { name: string }, state: object) => Promise<Seen>;
  readonly update: (object: Ref, changes: object) => Promise<void>;
  readonly remove: (object: Ref) => Promise<void>;
}

/** Tenants keep as many parts as they want; plans keep a note, and tell hosts of their color. */
export function policyOf(model: string, actorsOf: ActorsOf): AnyPolicy {
  const handle =
    (handler: 'handleCreate' | 'handleUpdate' | 'handleDelete') =>
    async (object: Seen, actions: PolicyActions): Promise<void> => {
      const { moods, witness } = actorsOf(object.life);
      const mood = moods.next('police', object.serial, handler);
      mood.misbehave();
      const isDeleted = handler === 'handleDelete';
      if (model === 'Tenant') await keep(object, isDeleted ? 0 : object.want, 'Part', actions);
      else {
        await keep(object, isDeleted ? 0 : 1, 'Note', actions);
        if (!isDeleted) await announce(object, actions);
      }
      mood.misbehave();
      if (model === 'Plan') witness.answer(object, isDeleted);
    };
  const handlers = {
    handleCreate: handle('handleCreate'),
    handleUpdate: handle('handleUpdate'),
    handleDelete: handle('handleDelete'),
  };
  return { ...policy({ model: define(model) }), ...handlers } as unknown as AnyPolicy;
}

/** See to it that an object has so many others of its own, each with its `n`. */
async function keep(owner: Seen, many: number, model: string, actions: PolicyActions): Promise<void> {
  const { life, n } = owner;
  const there = await actions.find({ name: model }, { life, maker: owner.id });
  const site = owner['site'] ?? null;
  for (const one of there.slice(0, many)) await actions.update(one, { n, site });
  for (const one of there.slice(many)) await actions.remove(one);
  for (let index = there.length; index < many; index += 1) {
    const serial = owner.serial * 1_000 + index;
    await actions.create({ name: model }, { life, serial, n, site, maker: owner.id });
  }
}

async function announce({ life, color, n }: Seen, { find, update }: PolicyActions): Promise<void> {
  const hosts = await find({ name: 'Host' }, { life, color });
  for (const host of hosts.slice(0, 2)) await update(host, { planned: n });
}

/** The watchers of the second synchronizer, or of the first. */
export function watchersOf(which: 'first' | 'second', actorsOf: ActorsOf): AnyWatcher[] {
  const handle = (name: string) => (object: unknown, event: WatchedEvent) => {
    const seen = object as Seen;
    actorsOf(seen.life).onlooker.told(name, seen, event);
  };
  const site = define('Site');
  const watched =
    which === 'first'
      ? watcher({
          synchronizes: define('Net'),
          watched: [modelLink(site, { via: 'site', into: 'n' as never })],
          handleWatchedObject: handle(WATCHERS['Site'] ?? ''),
        })
      : watcher({
          synchronizes: define('Host'),
          watched: [modelLink(define('Net'), { via: 'front' })],
          handleWatchedObject: handle(WATCHERS['Net'] ?? ''),
        });
  return [watched];
}

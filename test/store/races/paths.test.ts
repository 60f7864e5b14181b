import { describe, expect, test } from 'vitest';
import type { Ref } from '../../../model/definition.ts';
import { removeObject } from '../../../store/remove.ts';
import { updateObject, type Writing } from '../../../store/write.ts';
import { field, link, model } from '../../support/models.ts';
import { openArena, play, race, valueOf, writeSlowly, type Arena, type Edit, type Ground } from './arena.ts';

/** Between the link that is written, the edges that follow from it, and the commit. */
const PAUSE_AFTER = ['into links', 'links_changed', 'set deleted = true', 'leave_graph'];

/** Who walks a path would not hold what it comes by. */
const WITHOUT_SHARE_LOCK: Edit = {
  function: 'path_edges',
  replace: '      perform 1 from objects o where o.id = any (frontier) order by o.id for share;\n',
  by: '',
};
/** Who changes a link that paths go back along would not hold what it leads to. */
const WITHOUT_LOCKED_TARGETS: Edit = {
  function: 'links_changed',
  replace: 'where o.id = any (targets) order by o.id for no key update;',
  by: 'where o.id = any (targets) order by o.id;',
};

const fields = [field('name', { nullable: true, blank: true })];
const MODELS = [
  model('Site', { fields }),
  model('Rack', { fields, links: [link('site', 'Site')] }),
  model('Host', { fields, links: [link('rack', 'Rack', { reverseName: 'hosts' }), link('site', 'Site')] }),
  model('Plan', { fields, links: [link('rack', 'Rack')] }),
];
/** One way each: what a way locks would keep another from being missed. */
const ground = (from: string, to: string, accessor: string): Ground => ({
  models: MODELS,
  modelDeps: { Rack: [], Host: [], Plan: [], [from]: [[to, accessor]] },
});

type Result = 'missed' | 'seen';
/** Two writes, and what a source must depend on when both are done. */
interface Scene {
  readonly ground: Ground;
  readonly act: (arena: Arena) => Promise<{
    readonly writes: readonly (() => Promise<unknown>)[];
    readonly source: Ref;
    readonly expected: readonly number[];
  }>;
}

describe('a way by a third object, of which two writes each add a part', () => {
  test('is found, when both parts lead on', async () => {
    expect(Object.keys(await rounds(bothLeadOn, {}))).toEqual(['seen']);
  });

  test('would be missed, if who walks it did not lock what it comes by', async () => {
    expect(await missed(bothLeadOn, WITHOUT_SHARE_LOCK)).toBeGreaterThan(0);
  });

  test('is found, when the other part leads back', async () => {
    expect(Object.keys(await rounds(oneLeadsBack, {}))).toEqual(['seen']);
  });

  test('would be missed, if who adds that part did not lock what it leads to', async () => {
    expect(await missed(oneLeadsBack, WITHOUT_LOCKED_TARGETS)).toBeGreaterThan(0);
  });
});

describe('a way by a third object that is deleted while somebody sets out on it', () => {
  test('is a way no more', async () => {
    expect(Object.keys(await rounds(deletedOnTheWay, {}))).toEqual(['seen']);
  });

  test('would still be one, if who walks it did not lock what it comes by', async () => {
    expect(await missed(deletedOnTheWay, WITHOUT_SHARE_LOCK)).toBeGreaterThan(0);
  });
});

const bothLeadOn: Scene = {
  ground: ground('Host', 'Site', 'rack.site'),
  async act(arena) {
    const [site, rack] = [await create(arena, 'Site'), await create(arena, 'Rack')];
    const host = await create(arena, 'Host');
    return {
      writes: [change(arena, host, { rack }), change(arena, rack, { site })],
      source: host,
      expected: [site.id],
    };
  },
};

const oneLeadsBack: Scene = {
  ground: ground('Plan', 'Host', 'rack.hosts'),
  async act(arena) {
    const [rack, host] = [await create(arena, 'Rack'), await create(arena, 'Host')];
    const plan = await create(arena, 'Plan');
    return {
      writes: [change(arena, plan, { rack }), change(arena, host, { rack })],
      source: plan,
      expected: [host.id],
    };
  },
};

const deletedOnTheWay: Scene = {
  ground: ground('Plan', 'Site', 'rack.hosts.site'),
  async act(arena) {
    const [rack, site] = [await create(arena, 'Rack'), await create(arena, 'Site')];
    const host = await create(arena, 'Host', { rack, site });
    const plan = await create(arena, 'Plan');
    return {
      writes: [change(arena, plan, { rack }), slowly(arena, (writing) => removeObject(writing, host))],
      source: plan,
      expected: [],
    };
  },
};

async function missed(scene: Scene, edit: Edit): Promise<number | undefined> {
  return (await rounds(scene, { edit, until: 'missed' })).missed;
}

async function rounds(
  scene: Scene,
  { edit, until }: { readonly edit?: Edit; readonly until?: Result },
): Promise<Partial<Record<Result, number>>> {
  const arena = await openArena(edit === undefined ? [] : [edit], scene.ground);
  const counts = await play(async () => {
    const { writes, source, expected } = await scene.act(arena);
    (await race(...writes)).forEach((side) => valueOf(side));
    const edges = await arena.database.query<{ dst: number }>(
      'select distinct dst from edges where src = $1',
      [source.id],
    );
    return JSON.stringify(edges.map(({ dst }) => dst)) === JSON.stringify(expected) ? 'seen' : 'missed';
  }, until);
  await arena.close();
  return counts;
}

const create = ({ store }: Arena, of: string, values: Record<string, unknown> = {}): Promise<Ref> =>
  store.write({ name: 'a test' }, (tx) => tx.create(of, values));

const slowly = (arena: Arena, work: (writing: Writing) => Promise<unknown>) => () =>
  writeSlowly(arena, { pauseAfter: PAUSE_AFTER }, work);

const change = (arena: Arena, ref: Ref, changes: Record<string, unknown>) =>
  slowly(arena, (writing) => updateObject(writing, ref, changes));

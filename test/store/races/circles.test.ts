import { describe, expect, test } from 'vitest';
import type { Ref } from '../../../model/definition.ts';
import { updateObject } from '../../../store/write.ts';
import { field, link, model } from '../../support/models.ts';
import { openArena, play, race, writeSlowly, type Arena, type Edit, type Ground } from './arena.ts';

/** Between the link that is written, the edges that follow from it, and the commit. */
const PAUSE_AFTER = ['into links', 'links_changed', 'closed_circle'];

const WITHOUT_TURNS: Edit = {
  function: 'closed_circle',
  replace: '  perform pg_advisory_xact_lock(1635, 2);\n',
  by: '',
};

/** A host depends on the site of its rack, and a site on a host: two links and a way by a third object. */
const RACKS: Ground = {
  models: [
    model('Site', { fields: [field('name', { nullable: true })], links: [link('host', 'Host')] }),
    model('Rack', { fields: [field('name', { nullable: true })], links: [link('site', 'Site')] }),
    model('Host', { fields: [field('name', { nullable: true })], links: [link('rack', 'Rack')] }),
  ],
  modelDeps: { Host: [['Site', 'rack.site']], Rack: [] },
};

type Result = 'closed' | 'refused';

describe('writes that close a circle of dependencies together', () => {
  test('are not all accepted, when each adds one link of it', async () => {
    expect(Object.keys(await rounds(ring, {}))).toEqual(['refused']);
  });

  test('would all be, if they did not take turns in looking for it', async () => {
    expect((await rounds(ring, { edits: [WITHOUT_TURNS], until: 'closed' })).closed).toBeGreaterThan(0);
  });

  test('are not both accepted, when one of them changes a way that others go by', async () => {
    expect(Object.keys(await rounds(byTheWay, { ground: RACKS }))).toEqual(['refused']);
  });

  test('would both be, if they did not take turns there either', async () => {
    const plan = { ground: RACKS, edits: [WITHOUT_TURNS], until: 'closed' } as const;
    expect((await rounds(byTheWay, plan)).closed).toBeGreaterThan(0);
  });
});

async function rounds(
  round: (arena: Arena) => Promise<Result>,
  plan: { readonly edits?: readonly Edit[]; readonly ground?: Ground; readonly until?: Result },
): Promise<Partial<Record<Result, number>>> {
  const arena = await openArena(plan.edits ?? [], plan.ground);
  const counts = await play(() => round(arena), plan.until);
  await arena.close();
  return counts;
}

/** Three things, each of which is told at the same moment to depend on the next. */
async function ring(arena: Arena): Promise<Result> {
  const [one, two, three] = await Promise.all(['Thing', 'Thing', 'Thing'].map((name) => create(arena, name)));
  if (one === undefined || two === undefined || three === undefined) throw new Error('not created');
  return closing(arena, one, [
    () => change(arena, one, { one: two }),
    () => change(arena, two, { two: three }),
    () => change(arena, three, { one }),
  ]);
}

/** The rack of a host gets a site at the moment at which that comes to depend on the host. */
async function byTheWay(arena: Arena): Promise<Result> {
  const [site, rack] = [await create(arena, 'Site'), await create(arena, 'Rack')];
  const host = await create(arena, 'Host', { rack });
  return closing(arena, host, [() => change(arena, rack, { site }), () => change(arena, site, { host })]);
}

/** Write all of these at once. All but those that were refused are there; is that a circle? */
async function closing({ database }: Arena, member: Ref, writes: (() => Promise<void>)[]): Promise<Result> {
  const sides = await race(...writes);
  for (const side of sides) {
    if (side.status === 'rejected') expect(side.reason).toMatchObject({ code: 'E_CYCLE' });
  }
  const refused = sides.filter(({ status }) => status === 'rejected');
  const [row] = await database.query<{ circle: number[] | null }>('select circle_of($1) as circle', [
    member.id,
  ]);
  // As many as can be are accepted: all but the one that comes last.
  if (row?.circle === null) expect(refused).toHaveLength(1);
  return row?.circle === null ? 'refused' : 'closed';
}

const create = ({ store }: Arena, of: string, fields: Record<string, unknown> = {}): Promise<Ref> =>
  store.write({ name: 'a test' }, (tx) => tx.create(of, fields));

const change = (arena: Arena, ref: Ref, changes: Record<string, unknown>): Promise<void> =>
  writeSlowly(arena, { pauseAfter: PAUSE_AFTER }, (writing) => updateObject(writing, ref, changes));

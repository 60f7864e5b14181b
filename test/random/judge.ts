import { isDeepStrictEqual } from 'node:util';
import type { Ref } from '../../model/definition.ts';
import type { Store } from '../../store/store.ts';
import type { State } from '../../store/types.ts';
import type { Ledger } from './ledger.ts';
import { lookAround, type Eyes } from './looks.ts';
import { goalOf, isRef, nameOf, WITH_POLICY, WITH_STEP, type Seen } from './models.ts';
import type { Witness } from './witness.ts';

/** An object as the tables have it, and as it is shown. */
export interface Judged extends Ref {
  readonly declarative: Readonly<Record<string, unknown>>;
  readonly feedback: Readonly<Record<string, unknown>>;
  readonly version: number;
  readonly generation: number;
  readonly enacted: number | null;
  readonly policed: number | null;
  readonly no_sync: boolean;
  readonly no_policy: boolean;
  readonly state: State;
  readonly backend_status: string;
}

/** All of a life that there is to be judged by. */
export interface Evidence {
  readonly store: Store;
  readonly witness: Witness;
  readonly ledger: Ledger;
  /** Every object that ever was in this life, as far as anybody knows. */
  readonly refs: readonly Ref[];
  /** Those that are there, by id. */
  readonly objects: readonly Judged[];
}

/** Read the objects of a life. */
export async function gather(
  store: Store,
  witness: Witness,
  ledger: Ledger,
  known: readonly Ref[],
): Promise<Evidence> {
  const refs = [
    ...new Map([...known, ...witness.calls].map(({ model, id }) => [id, { model, id }])).values(),
  ];
  const objects = await store.database.query<Judged>(
    `select o.id, o.model, o.declarative, o.feedback, o.version, o.generation, o.enacted, o.policed, o.no_sync,
            o.no_policy, s.state, s.backend_status
       from objects o join object_states($1::bigint[]) s on s.id = o.id order by o.id`,
    [refs.map(({ id }) => id)],
  );
  return { store, witness, ledger, refs, objects };
}

/** What must be true of each object once people are quiet and the back end is well: broken promises, as sentences. */
export async function judgeObjects(evidence: Evidence): Promise<string[]> {
  const problems: string[] = [];
  for (const ref of evidence.refs) {
    const object = evidence.objects.find(({ id }) => id === ref.id);
    if (object === undefined) {
      const isLeft = evidence.witness.resources.has(ref.id) && !evidence.ledger.orphaned.has(ref.id);
      if (isLeft && !(ref.model === 'Plan' && evidence.ledger.unpoliced.has(ref.id)))
        problems.push(`${nameOf(ref)} is gone, but the back end still has it`);
    } else {
      problems.push(...(await judgeObject(evidence, object)).map((problem) => `${nameOf(ref)} ${problem}`));
    }
  }
  return problems;
}

async function judgeObject(evidence: Evidence, object: Judged): Promise<string[]> {
  const { witness, ledger } = evidence;
  const wanted = object.no_sync ? 'Not managed' : 'Synced';
  if (object.state !== wanted) {
    const enacted = object.enacted ?? 'none';
    return [
      `is ${object.state} (${object.backend_status}), generation ${object.generation}, enacted ${enacted}`,
    ];
  }
  const problems: string[] = [];
  if (WITH_POLICY.includes(object.model) && !object.no_policy && object.policed !== object.version)
    problems.push(`has version ${object.version}, and its policy answered ${object.policed ?? 'none'}`);
  if (wanted !== 'Synced') return problems;

  const seen = flat(object);
  const goal = ledger.goal(object.id);
  if (goal !== undefined && goal.n !== seen.n)
    problems.push(`has n = ${seen.n}, although ${goal.n} was accepted`);
  const resource = witness.resources.get(object.id);
  if (object.model === 'Plan') {
    if (resource?.n !== seen.n)
      problems.push(`is Synced, but its policy answered n = ${resource?.n ?? 'nothing'}`);
  }
  if (!WITH_STEP.includes(object.model)) return problems;

  if (object.enacted !== object.generation) problems.push('is Synced, but its last goal is not enacted');
  if (resource === undefined) return [...problems, 'is Synced, but the back end has nothing of it'];
  if (resource.goal !== goalOf(seen))
    problems.push(`is Synced, but the back end has ${resource.goal}, not ${goalOf(seen)}`);
  if (seen.echo !== seen.n) problems.push(`is Synced, but its feedback says ${seen.echo}, not ${seen.n}`);
  const sight = await lookAround(seen, eyesOf(evidence.objects));
  if (!isDeepStrictEqual(sight, resource.sight))
    problems.push(
      `is Synced, but has read ${JSON.stringify(resource.sight)}, and there is ${JSON.stringify(sight)}`,
    );
  const resynced = ledger.resyncs.get(object.id);
  const called = witness.calls.findLast(({ id, kind }) => id === object.id && kind === 'sync')?.at ?? 0;
  if (resynced !== undefined && called < resynced)
    problems.push('was not synchronized again when that was asked for');
  return problems;
}

const flat = ({ model, id, declarative, feedback }: Judged): Seen =>
  ({ ...declarative, ...feedback, model, id }) as unknown as Seen;

/** The same as the engine should have seen, had it looked now. */
const eyesOf = (objects: readonly Judged[]): Eyes => ({
  follow: async ({ id }) => objects.filter((object) => object.id === id).map(flat)[0] ?? {},
  find: async (model, { color }) =>
    objects
      .filter((object) => object.model === model)
      .map(flat)
      .filter((object) => object.color === color),
});

/** What policies keep, and what is depended on besides links, is as the last goals have it. */
export async function judgeRelations({ store, ledger, refs, objects }: Evidence): Promise<string[]> {
  const problems: string[] = [];
  const edges = await store.database.query<{ src: number; dst: number; kind: string }>(
    'select distinct src, dst, kind from edges where src = any ($1::bigint[]) order by src, dst',
    [objects.map(({ id }) => id)],
  );
  for (const ref of refs.filter(({ model }) => model === 'Tenant' || model === 'Plan')) {
    const owner = objects.find(({ id }) => id === ref.id);
    // Whose policy was turned off, or whom somebody gave up on, left what it had made.
    if (owner === undefined && (ledger.unpoliced.has(ref.id) || ledger.orphaned.has(ref.id))) continue;
    const made = objects.filter(({ declarative }) => declarative['maker'] === ref.id);
    const most = owner === undefined ? 0 : ref.model === 'Tenant' ? Number(owner.declarative['want']) : 1;
    if (made.length > most)
      problems.push(`${nameOf(ref)} has ${made.map(nameOf).join(', ')}, and wants ${most}`);
    for (const one of made.slice(0, most)) {
      const isSame =
        one.declarative['n'] === owner?.declarative['n'] &&
        isDeepStrictEqual(one.declarative['site'], owner?.declarative['site']);
      if (!isSame) problems.push(`${nameOf(one)} is not as the policy of ${nameOf(ref)} would have it`);
    }
  }
  for (const object of objects) {
    const named = edges.filter(({ src }) => src === object.id);
    const expect = (kind: string, ids: readonly number[]): void => {
      const is = named.filter((edge) => edge.kind === kind).map(({ dst }) => dst);
      if (
        !isDeepStrictEqual(
          is,
          ids.toSorted((a, b) => a - b),
        )
      )
        problems.push(
          `${nameOf(object)} depends by ${kind} on ${is.join(', ')}, and not on ${ids.join(', ')}`,
        );
    };
    if (object.model === 'Service' && !object.no_sync) {
      const { color } = object.declarative;
      const nets = objects.filter((one) => one.model === 'Net' && one.declarative['color'] === color);
      expect(
        'author',
        nets.map(({ id }) => id),
      );
    }
    if (object.model === 'Host') {
      const front = object.declarative['front'];
      const site = isRef(front) ? objects.find(({ id }) => id === front.id)?.declarative['site'] : undefined;
      expect('path', isRef(site) ? [site.id] : []);
    }
  }
  return problems;
}

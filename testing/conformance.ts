import { isDeepStrictEqual } from 'node:util';
import type { AnyStep } from '../define/synchronizer.ts';
import { nameOf, type Descendants, type FakeObject } from './fake-context.ts';
import { tryStep, type Attempt, type PlayRunner } from './try-step.ts';
import type { World } from './world.ts';

/** What is put to the test: a step, on an object with a goal and without feedback. */
export interface Subject {
  readonly step: AnyStep;
  readonly object: FakeObject;
  /** What it is linked to and may find, with the feedback of having been synchronized. */
  readonly objects?: readonly FakeObject[];
  /** Of the models that it may find by their bases. @default there are none */
  readonly descendants?: Descendants;
  /** Of these, as `Model/id`: what Accord makes before it and deletes after it. @default all of them */
  readonly dependencies?: ReadonlySet<string>;
  /** Values that nothing may show. */
  readonly secrets?: readonly string[];
  readonly world: World;
  /** Runs the playbooks of an Ansible step. @default they are not run, and the step is skipped */
  readonly play?: PlayRunner;
  /** Look at a back end that the world does not see. Plain JSON. */
  readonly observe?: () => Promise<unknown>;
}

/** What a check came to. */
export interface Finding {
  readonly check: string;
  readonly verdict: 'passed' | 'failed' | 'skipped';
  /** What was seen. */
  readonly what: string;
  /** What it means in production; of a failure alone. */
  readonly meaning?: string;
}

/**
 * Put a step to the test that production will put it to: to be run twice, killed in its midst, asked to delete what it
 * never made, and trusted with secrets.
 *
 * The world is emptied before each check; nothing but what it sees is touched.
 */
export async function conformance(subject: Subject): Promise<Finding[]> {
  const bench = createBench(subject);
  const first = await bench.fresh(() => bench.attempt('sync', subject.object));
  if (first.status !== 'done') {
    const what = `the first run ${first.status === 'deferred' ? 'was deferred' : 'failed'}: ${first.reason}`;
    return [
      { check: 'runs', verdict: 'failed', what, meaning: 'nothing else can be said before it runs once.' },
    ];
  }
  const findings: Finding[] = [];
  for (const [check, look] of Object.entries(CHECKS)) {
    const found = await bench.fresh(() => look(bench, subject));
    findings.push({ check, ...found });
  }
  return [...findings, { check: 'keeps secrets', ...secretsIn(bench.attempts, subject.secrets ?? []) }];
}

type Found = Omit<Finding, 'check'>;

interface Bench {
  readonly attempts: readonly Attempt[];
  readonly attempt: (
    kind: 'sync' | 'delete',
    object: FakeObject,
    options?: { readonly dieAfter?: number; readonly objects?: readonly FakeObject[] },
  ) => Promise<Attempt>;
  readonly observe: () => Promise<unknown>;
  /** Do something from an empty world on. */
  readonly fresh: <T>(work: () => Promise<T>) => Promise<T>;
}

function createBench({ step, objects = [], descendants, world, play, observe }: Subject): Bench {
  const attempts: Attempt[] = [];
  return {
    attempts,
    async attempt(kind, object, options = {}) {
      const { dieAfter, objects: others = objects } = options;
      const attempt = await tryStep(kind, step, object, others, { world, descendants, play, dieAfter });
      attempts.push(attempt);
      return attempt;
    },
    observe: async () => ({ ...(await world.observe()), ...(observe && { observed: await observe() }) }),
    async fresh(work) {
      world.begin();
      await world.reset();
      return work();
    },
  };
}

const CHECKS: Readonly<Record<string, (bench: Bench, subject: Subject) => Promise<Found>>> = {
  async 'runs twice'({ attempt, observe }, { object }) {
    const first = await attempt('sync', object);
    const before = await observe();
    const second = await attempt('sync', { ...object, ...first.feedback });
    const meaning =
      'Accord runs a step again after any failure and any lost worker: each time this would happen.';
    if (second.status !== 'done') return failed(`the second run ${second.status}: ${second.reason}`, meaning);
    const change = difference(before, await observe());
    if (change !== undefined) return failed(`the second run changed ${change}`, meaning);
    const other = difference(
      { ...object, ...first.feedback },
      { ...object, ...first.feedback, ...second.feedback },
    );
    if (other !== undefined) return failed(`the second run reported other feedback: ${other}`, meaning);
    return passed('the second run changed nothing');
  },

  async 'survives a kill'({ attempt, observe, fresh }, { object, step }) {
    const whole = await attempt('sync', object);
    const wanted = await observe();
    for (const [place, effect] of killPoints(step, whole)) {
      const found = await fresh(async (): Promise<Found | undefined> => {
        const dead = await attempt('sync', object, { dieAfter: place + 1 });
        const again = await attempt('sync', { ...object, ...dead.recorded });
        const meaning =
          'a worker may die at any moment: record an id with `context.record` before it is needed, or choose it yourself.';
        const after = `killed after ${effect} and run again, it`;
        if (again.status !== 'done') return failed(`${after} ${again.status}: ${again.reason}`, meaning);
        const change = difference(wanted, await observe());
        return change === undefined
          ? undefined
          : failed(`${after} left another back end: ${change}`, meaning);
      });
      if (found !== undefined) return found;
    }
    if (whole.effects.length === 0) return NO_EFFECT;
    return passed(
      `killed after ${killPoints(step, whole).length} of ${whole.effects.length} effects and run again, it came to the same`,
    );
  },

  async 'killed, leaves no orphan'({ attempt, observe, fresh }, { object, step }) {
    const empty = await observe();
    const whole = await attempt('sync', object);
    for (const [place, effect] of killPoints(step, whole)) {
      const found = await fresh(async (): Promise<Found | undefined> => {
        const dead = await attempt('sync', object, { dieAfter: place + 1 });
        const removal = await attempt('delete', { ...object, ...dead.recorded });
        const meaning = 'what was made before the crash stays for ever: nothing knows it any more.';
        const after = `killed after ${effect}, then deleted, it`;
        if (removal.status !== 'done')
          return failed(`${after} ${removal.status}: ${removal.reason}`, meaning);
        const rest = difference(empty, await observe());
        return rest === undefined ? undefined : failed(`${after} left ${rest}`, meaning);
      });
      if (found !== undefined) return found;
    }
    if (whole.effects.length === 0) return NO_EFFECT;
    return passed('killed anywhere and then deleted, it left nothing');
  },

  async 'deletes twice'({ attempt, observe }, { object }) {
    const empty = await observe();
    const { feedback } = await attempt('sync', object);
    const made = { ...object, ...feedback };
    const meaning = 'a worker that dies while it deletes is followed by one that deletes again.';
    for (const time of ['first', 'second']) {
      const removal = await attempt('delete', made);
      if (removal.status !== 'done')
        return failed(`the ${time} deletion ${removal.status}: ${removal.reason}`, meaning);
      const rest = difference(empty, await observe());
      if (rest !== undefined)
        return failed(`the ${time} deletion left ${rest}`, 'what Accord calls deleted is still there.');
    }
    return passed('nothing is left, and the second deletion did not mind');
  },

  async 'deletes what never existed'({ attempt, observe }, { object }) {
    const empty = await observe();
    const removal = await attempt('delete', object);
    const meaning = 'an object whose first attempt failed could never be deleted: it would stay Deleting.';
    if (removal.status !== 'done') return failed(`it ${removal.status}: ${removal.reason}`, meaning);
    const rest = difference(empty, await observe());
    return rest === undefined
      ? passed('nothing to do, and nothing done')
      : failed(`it made ${rest}`, meaning);
  },

  async 'waits for what it needs'({ attempt, observe }, subject) {
    const { object, objects = [] } = subject;
    if (objects.length === 0) return { verdict: 'skipped', what: 'it is linked to nothing' };
    const unmade = objects.map((one) => ({ ...one, backend_handle: null }));
    const whole = await attempt('sync', object, { objects: unmade });
    if (whole.status !== 'done') return passed(`it ${whole.status}: ${whole.reason}`);
    const traces = [
      ...whole.effects,
      ...Object.keys((await observe()) as object),
      JSON.stringify(whole.feedback['backend_handle'] ?? ''),
    ];
    const wrong = traces.find((trace) =>
      /\b(?:null|undefined|NaN|\[object Object\])(?=[/?&"]|$)/.test(trace),
    );
    if (wrong === undefined) return passed('it needs no handle of what it is linked to');
    const meaning =
      'what is not managed (no_sync), or pretends, has no handle: throw a DeferredException until there is one.';
    return failed(`it names «${wrong.slice(0, 120)}»`, meaning);
  },

  'keeps to the order': keepsOrder,
};

async function keepsOrder({ attempt, observe, fresh }: Bench, subject: Subject): Promise<Found> {
  const { object, objects = [], dependencies } = subject;
  const others = objects.filter((one) => dependencies?.has(nameOf(one)) === false);
  const names = others.map(nameOf);
  if (names.length === 0) return { verdict: 'skipped', what: 'all that it is linked to is ordered with it' };
  const meaning =
    'Accord orders it by what it depends on alone: name these in model-deps.yaml or `dependsOn`, or do without them.';
  const unmade = objects.map((one) => (others.includes(one) ? { ...one, backend_handle: null } : one));
  const early = await fresh(() => attempt('sync', object, { objects: unmade }));
  if (early.status === 'failed')
    return failed(`made before ${names.join(', ')}, it failed: ${early.reason}`, meaning);
  return fresh(async () => {
    const empty = await observe();
    const { feedback } = await attempt('sync', object);
    const removal = await attempt('delete', { ...object, ...feedback }, { objects: unmade });
    const after = `deleted when ${names.join(', ')} had no handle, it`;
    if (removal.status !== 'done') return failed(`${after} ${removal.status}: ${removal.reason}`, meaning);
    const rest = difference(empty, await observe());
    return rest === undefined
      ? passed(`it does without ${names.join(', ')}, which it is not ordered by`)
      : failed(`${after} left ${rest}`, meaning);
  });
}

function secretsIn(attempts: readonly Attempt[], secrets: readonly string[]): Found {
  if (secrets.length === 0) return { verdict: 'skipped', what: 'its object has no secret' };
  const said = attempts.map((attempt) => attempt.said).join('\n');
  if (!secrets.some((secret) => said.includes(secret) || said.includes(JSON.stringify(secret).slice(1, -1))))
    return passed('no secret is in its logs, errors, feedback and output');
  return failed(
    'a secret is in its logs, errors, feedback or output',
    'whoever may read those can read it; masking catches much, and not what is cut or encoded. In a playbook: no_log.',
  );
}

/** After which effects it is killed. A playbook takes seconds each time: after its first task, and in its middle. */
function killPoints(step: AnyStep, { effects }: Attempt): [place: number, effect: string][] {
  const all = [...effects.entries()];
  if (step.kind === 'step') return all.slice(0, 20);
  return all.filter(([place]) => place === 0 || place === Math.floor(all.length / 2));
}

/** Nothing to kill it after. */
const NO_EFFECT: Found = {
  verdict: 'skipped',
  what: 'no effect of it is seen: it uses neither fetch nor node:fs/promises',
};

const passed = (what: string): Found => ({ verdict: 'passed', what });
const failed = (what: string, meaning: string): Found => ({ verdict: 'failed', what, meaning });

/** The first that differs of two records; undefined when none does. */
function difference(one: unknown, other: unknown): string | undefined {
  const [before, after] = [one, other] as Record<string, unknown>[];
  if (before === undefined || after === undefined) return undefined;
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (!(name in after)) return `${name} (gone)`;
    if (!(name in before)) return `${name} (new)`;
    if (!isDeepStrictEqual(before[name], after[name])) return name;
  }
  return undefined;
}

import { randomInt } from 'node:crypto';
import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { planPlaybooks } from '../../activities/index.ts';
import { ansibleStep, skip } from '../../define/index.ts';
import { defineModel } from '../../define/model.ts';
import type { StepContext } from '../../define/context.ts';
import type { AnyStep } from '../../define/synchronizer.ts';
import { readBundle } from '../../store/attempt-history.ts';
import type { ChangeSet } from '../../store/plan-changes.ts';
import { lineTo, processesWith } from '../backend/processes.ts';
import { field, model } from '../support/models.ts';
import { createPlaybookLab, PATIENCE_MS, type PlaybookLab } from '../support/playbook-lab.ts';
import { waitFor } from '../support/wait-for.ts';

const MODELS = ['Thing', 'Slow', 'Written', 'Handled'].map((name) =>
  model(name, {
    fields: [
      field('name', { maxLength: 50 }),
      field('token', { secret: true, nullable: true }),
      field('backend_handle', { state: 'feedback', nullable: true }),
    ],
  }),
);

/** What the author's code of Written does besides. */
let meanwhile: ((context: StepContext) => Promise<void>) | undefined;

const typed = (name: string) =>
  defineModel<string, { name: string; token: string | null }, { backend_handle: string }>(name);

const THING = `- hosts: localhost
  gather_facts: false
  tasks:
    - {name: look, debug: {msg: "{{ name }} {{ token }}"}}
    - {name: "use {{ token }}", command: "echo {{ token }}", no_log: true}
    - {name: refuse, fail: {msg: "no {{ token }} for {{ name }}"}, when: name == 'bad'}
    - {name: wait, wait_for: {path: "{{ go }}", sleep: 1, timeout: 50}, when: name == 'slow'}
    - {name: many, debug: {msg: "{{ item }}"}, loop: [1, 2, 3]}
    - set_stats: {data: {handle: "handle of {{ name }}"}}
`;

/** Tries to get away: another session, deaf to signals. */
const SLOW = `- hosts: localhost
  gather_facts: false
  tasks:
    - name: linger
      command: sh -c "setsid sleep {{ seconds }} & trap '' TERM HUP INT; sleep {{ seconds }}; true"
      when: seconds != '0'
`;

const fileOf = (content: string): string =>
  `- {hosts: localhost, gather_facts: false, tasks: [copy: {content: "${content}", dest: "{{ file }}"}]}\n`;

let lab: PlaybookLab;
const deletedByHand: (string | null)[] = [];
const seconds = `${randomInt(10_000, 99_999)}.${randomInt(100_000, 999_999)}`;

beforeAll(async () => {
  lab = await createPlaybookLab(
    MODELS,
    {
      Thing: ansibleStep({
        synchronizes: typed('Thing'),
        templateName: 'thing.yaml',
        getExtraAttributes: ({ name, token }) =>
          name === 'none'
            ? skip
            : {
                name,
                token,
                go: join(lab.folder, 'go'),
                ...(name === 'odd' && { ansible_connection: 'ssh' }),
              },
        mapOutputs: ({ handle }) => ({ backend_handle: String(handle) }),
        deleteRecord: { templateName: 'thing.yaml' },
      }) as AnyStep,
      Written: ansibleStep({
        synchronizes: typed('Written'),
        templateName: 'file.yaml',
        async getExtraAttributes({ name, token }, context) {
          await meanwhile?.(context);
          return { file: join(lab.folder, 'written'), content: `${name} ${token}` };
        },
        deleteRecord: { templateName: 'file.yaml' },
      }) as AnyStep,
      Handled: ansibleStep({
        synchronizes: typed('Handled'),
        templateName: 'gone.yaml',
        getExtraAttributes: () => ({}),
        mapOutputs: () => ({ backend_handle: 'handle' }),
        async deleteRecord({ backend_handle }) {
          deletedByHand.push(backend_handle);
        },
      }) as AnyStep,
      Slow: ansibleStep({
        synchronizes: typed('Slow'),
        templateName: 'slow.yaml',
        getExtraAttributes: ({ name }) => ({ seconds: name === 'slow' ? seconds : '0' }),
        onNewGoal: 'cancel',
        deleteRecord: { templateName: 'gone.yaml' },
      }) as AnyStep,
    },
    { keepDeletedSysMs: 60_000 },
  );
  await lab.write('playbooks/thing.yaml', THING);
  await lab.write('playbooks/slow.yaml', SLOW);
  await lab.write('playbooks/gone.yaml', '- {hosts: localhost, gather_facts: false, tasks: [debug: {}]}\n');
});
afterAll(() => lab.stop());

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

describe('an attempt that runs a playbook', { timeout: 180_000 }, () => {
  test('keeps its events as they happen, its recap, its output and what was run, without secrets', async () => {
    const { engine } = lab;
    const thing = await engine.create('Thing', { name: 'slow', token: 'hunter2' });
    const early = await waitFor(
      'the task that waits to begin',
      async () => {
        const events = await lab.events(thing);
        return events.some(({ event }) => event['task'] === 'wait') ? events : undefined;
      },
      () => lab.attempts(thing),
      PATIENCE_MS,
    );
    expect((await lab.attempts(thing))[0]).toMatchObject({ number: 1, finished: null });
    expect(early.some(({ event }) => event['event'] === 'stats')).toBe(false);

    await lab.write('go', '');
    expect(await lab.untilState(thing, 'Synced')).toMatchObject({
      feedback: { backend_handle: 'handle of slow' },
    });
    const events = await lab.events(thing);
    expect(events.map(({ number }) => number)).toEqual(events.map((_, index) => index + 1));
    expect(events.map(({ event }) => event['event'])).toEqual(
      'play task result task result task result task result task result task result stats'.split(' '),
    );
    const attempt = await lab.ended(thing);
    expect(attempt).toMatchObject({
      outcome: 'synced',
      summary: 'localhost : ok=5 changed=1 unreachable=0 failed=0 skipped=1 rescued=0 ignored=0',
    });
    expect(attempt.output).toContain('slow ***');
    const bundle = await readBundle(engine.store.database, thing, 1);
    expect(bundle).toMatchObject({ playbook: 'thing.yaml', texts: { 'thing.yaml': THING } });
    expect(JSON.stringify([events, attempt, bundle])).not.toContain('hunter2');
  });

  test('says where and why it failed, without secrets, and what it counted', async () => {
    const thing = await lab.engine.create('Thing', { name: 'bad', token: 'hunter2' });
    const attempt = await lab.ended(thing);
    expect(attempt).toMatchObject({
      outcome: 'failed',
      code: 'E_PLAYBOOK_FAILED',
      text: 'playbook thing.yaml failed at task «refuse» on localhost: no *** for bad',
      summary: 'localhost : ok=2 changed=1 unreachable=0 failed=1 skipped=0 rescued=0 ignored=0',
    });
    expect(attempt.output).toContain('PLAY RECAP');
    expect(JSON.stringify([attempt, await lab.events(thing)])).not.toContain('hunter2');
    expect((await lab.engine.get(thing))?.backend_need_delete).toBe(true);
  });

  test('runs nothing when its attributes say so', async () => {
    const thing = await lab.engine.create('Thing', { name: 'none' });
    await lab.untilState(thing, 'Synced');
    expect((await lab.attempts(thing))[0]).toMatchObject({ outcome: 'synced', summary: 'nothing to run' });
    expect(await isThere(join(lab.sysDir, 'test', `Thing_${thing.id}`))).toBe(false);
  });

  test('that did not get as far as its playbook leaves nothing that is to be deleted', async () => {
    const { engine } = lab;
    const odd = await engine.create('Thing', { name: 'odd' });
    expect(await lab.ended(odd)).toMatchObject({ outcome: 'failed', code: 'E_PLAYBOOK_VARIABLES' });
    expect((await engine.get(odd))?.backend_need_delete).toBe(false);
    // Its deletion would fail in the same way.
    await engine.remove(odd);
    await lab.untilGone(odd);
  });
});

describe('what playbooks would change', { timeout: 180_000 }, () => {
  test('is told by Ansible itself, without secrets, and nothing is changed or recorded', async () => {
    const { engine } = lab;
    const file = join(lab.folder, 'written');
    await lab.write('playbooks/file.yaml', fileOf('{{ content }}'));
    const written = await engine.create('Written', { name: 'old', token: 'hunter2', no_sync: true });
    const { signal } = new AbortController();
    const planned = async (set: Partial<ChangeSet>) => {
      const changes = { wishes: [], removals: [], cascade: false, ...set };
      const [one] = await planPlaybooks(lab.planning, changes, signal);
      if (one === undefined) throw new Error('nothing is planned');
      return one.playbook;
    };
    const change = { wishes: [{ ...written, fields: { name: 'new' } }] };
    const playbook = await planned(change);
    expect(playbook).toMatchObject({ playbook: 'file.yaml', variables: { content: 'new ***' }, fault: null });
    const foreseen = await playbook.check(signal);
    expect(foreseen).toMatchObject({
      recap: expect.stringMatching(/^localhost : ok=1 changed=1 /) as string,
      tasks: [{ task: 'copy', status: 'changed' }],
      fault: null,
    });
    expect(foreseen.output).toContain('+new ***');
    expect(await isThere(file)).toBe(false);
    expect(await engine.get(written)).toMatchObject({ version: 1, declarative: { name: 'old' } });
    expect(await lab.attempts(written)).toEqual([]);
    expect(await isThere(join(lab.sysDir, 'test', `Written_${written.id}`))).toBe(false);

    await lab.write('playbooks/file.yaml', fileOf('{{ nothing }}'));
    expect((await (await planned(change)).check(signal)).fault).toMatch(
      /^playbook file.yaml failed at task «copy» on localhost: .*nothing/,
    );
    // To delete it runs the same playbook, with `delete: true`.
    expect((await planned({ removals: [written] })).playbook).toBe('file.yaml');
  });

  test('is told with what the changes would make of the objects that are read, which are free meanwhile', async () => {
    const { engine } = lab;
    await lab.write('playbooks/file.yaml', fileOf('{{ content }}'));
    const held = { token: 'read', no_sync: true };
    const changed = await engine.create('Written', { name: 'before', ...held });
    const kept = await engine.create('Written', { name: 'kept', ...held });
    const removed = await engine.create('Handled', { name: 'removed', ...held });
    const seen: unknown[] = [];
    meanwhile = async ({ find, follow }) => {
      const names = (objects: readonly { name: string }[]) => objects.map(({ name }) => name);
      seen.push(names(await find(typed('Written'), { token: 'read' })));
      seen.push(names(await find(typed('Written'), { name: 'before' })));
      seen.push(names(await find(typed('Written'), { name: 'after' })));
      seen.push(names(await find(typed('Handled'), { token: 'read' })));
      const followed: unknown = await follow(changed as never);
      seen.push((followed as { name: string }).name);
      // Another writes what the plan is about: neither waits for the other.
      await engine.update(kept, { name: 'kept by another' });
      await engine.update(changed, { name: 'written by another' });
    };
    try {
      const changes = {
        wishes: [
          { ...changed, fields: { name: 'after' } },
          { model: 'Written', fields: { name: 'new', ...held } },
        ],
        removals: [removed],
        cascade: false,
      };
      const { signal } = new AbortController();
      const planned = await planPlaybooks(lab.planning, changes, signal);
      expect(planned.find(({ planned: { id } }) => id === changed.id)?.playbook).toMatchObject({
        variables: { content: 'after ***' },
        fault: null,
      });
    } finally {
      meanwhile = undefined;
    }
    expect(seen.slice(0, 5)).toEqual([['after', 'kept', 'new'], [], ['after'], [], 'after']);
    expect(await engine.get(changed)).toMatchObject({ declarative: { name: 'written by another' } });
  });
});

describe('the folder of a run', { timeout: 180_000 }, () => {
  test('says which attempt of which worker it holds, and is kept for a while when its object is gone', async () => {
    const { engine } = lab;
    const thing = await engine.create('Thing', { name: 'brief' });
    await lab.untilState(thing, 'Synced');
    const entry = join(lab.sysDir, 'test', `Thing_${thing.id}`);
    const [attempt] = await lab.attempts(thing);
    expect(JSON.parse(await readFile(join(entry, 'attempt.json'), 'utf8'))).toMatchObject({
      worker: attempt?.worker,
      number: 1,
      generation: 1,
    });
    await engine.remove(thing);
    await lab.untilGone(thing);
    await waitFor('the folder to be put away', async () => ((await isThere(entry)) ? undefined : true));
    expect(await isThere(`${entry}.deleted`)).toBe(true);
  });

  test('goes also when another worker has deleted its object', async () => {
    const { engine } = lab;
    const thing = await engine.create('Thing', { name: 'elsewhere' });
    await lab.untilState(thing, 'Synced');
    const entry = join(lab.sysDir, 'test', `Thing_${thing.id}`);
    await engine.store.write({ name: 'a test' }, (tx) => tx.remove(thing, { orphan: true }));
    expect(await isThere(entry)).toBe(true);
    await engine.startWorker();
    await waitFor('the folder to be put away', async () => ((await isThere(entry)) ? undefined : true));
  });
});

test('an object that a playbook made may be deleted by a function', { timeout: 180_000 }, async () => {
  const handled = await lab.engine.create('Handled', { name: 'by hand' });
  await lab.untilState(handled, 'Synced');
  await lab.engine.remove(handled);
  await lab.untilGone(handled);
  expect(deletedByHand).toEqual(['handle']);
});

describe('a playbook that is stopped', { timeout: 180_000 }, () => {
  const running = async (): Promise<number> => (await processesWith(seconds)).length;
  const untilItRuns = () =>
    waitFor(
      'its processes to run',
      async () => ((await running()) >= 2 ? true : undefined),
      running,
      PATIENCE_MS,
    );

  test('by a pause has no process left when that is known, and runs again when it is resumed', async () => {
    const { engine } = lab;
    const slow = await engine.create('Slow', { name: 'slow' });
    await untilItRuns();
    const target = { scope: 'object', name: String(slow.id) } as const;
    await engine.store.pause({ name: 'olga' }, target, { reason: 'maintenance' });
    const attempt = await lab.ended(slow);
    expect(await running()).toBe(0);
    expect(attempt).toMatchObject({ outcome: 'cancelled', code: null });
    expect(attempt.text).toBe(
      'stopped: the object is held\nplaybook slow.yaml was cancelled at task «linger»',
    );
    await engine.update(slow, { name: 'quick' });
    await engine.store.resume({ name: 'olga' }, target);
    await lab.untilState(slow, 'Synced');
  });

  test('by a newer goal makes room for it', async () => {
    const { engine } = lab;
    const slow = await engine.create('Slow', { name: 'slow' });
    await untilItRuns();
    await engine.update(slow, { name: 'quick' });
    const attempt = await lab.ended(slow);
    expect(await running()).toBe(0);
    expect(attempt).toMatchObject({ outcome: 'superseded' });
    expect(attempt.text).toMatch(/^a newer goal came\nplaybook slow.yaml was cancelled at task «linger»$/);
    expect(await lab.untilState(slow, 'Synced')).toMatchObject({ enacted: 2, failures: 0 });
  });

  test('by the deletion of its object makes room for that', async () => {
    const { engine } = lab;
    const slow = await engine.create('Slow', { name: 'slow' });
    await untilItRuns();
    await engine.remove(slow);
    const attempt = await lab.ended(slow);
    expect(await running()).toBe(0);
    expect(attempt).toMatchObject({ outcome: 'cancelled' });
    await lab.untilGone(slow);
  });

  test.each([
    ['dispatcher', 0, 'SIGTERM'],
    ['dispatcher', 0, 'SIGKILL'],
    ['supervisor', 1, 'SIGTERM'],
    ['supervisor', 1, 'SIGKILL'],
    ['job', 2, 'SIGTERM'],
    ['job', 2, 'SIGKILL'],
  ] as const)(
    'by the end of its %s (place %i, %s) leaves nothing, and is run again',
    async (_, place, signal) => {
      const { engine } = lab;
      const slow = await engine.create('Slow', { name: 'slow' });
      await untilItRuns();
      const lines = await Promise.all((await processesWith(seconds)).map(lineTo));
      const victim = lines.toSorted((a, b) => b.length - a.length)[0]?.[place] ?? 0;
      expect(victim).toBeGreaterThan(1);
      process.kill(victim, signal);
      const attempt = await lab.ended(slow);
      expect(attempt).toMatchObject({ outcome: 'failed' });
      expect(attempt.code).toMatch(/^E_PLAYBOOK_KILLED$|^E_ANSIBLE$/);
      await waitFor('none of its processes to be left', async () =>
        (await running()) === 0 ? true : undefined,
      );
      await engine.update(slow, { name: 'quick' });
      await lab.untilState(slow, 'Synced');
    },
  );

  test('by the loss of its lease leaves nothing, and is run again', async () => {
    const { engine } = lab;
    const slow = await engine.create('Slow', { name: 'slow' });
    await untilItRuns();
    // As when it could not renew, and another worker has taken the object.
    const { database } = engine.store;
    await database.query("update objects set fence = nextval('fence_tokens') where id = $1", [slow.id]);
    await waitFor(
      'none of its processes to be left',
      async () => ((await running()) === 0 ? true : undefined),
      running,
      PATIENCE_MS,
    );
    await engine.update(slow, { name: 'quick' });
    await lab.untilState(slow, 'Synced');
  });

  test('by the end of its worker is handed back, and run by the next', async () => {
    const { engine } = lab;
    const slow = await engine.create('Slow', { name: 'slow' });
    await untilItRuns();
    await engine.stopWorkers();
    expect(await running()).toBe(0);
    expect(await lab.ended(slow)).toMatchObject({ outcome: 'cancelled' });
    await engine.update(slow, { name: 'quick' });
    await engine.startWorker();
    await lab.untilState(slow, 'Synced');
  });
});

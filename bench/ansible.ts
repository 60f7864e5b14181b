import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDispatcher, type Dispatcher } from '../backend/dispatcher.ts';
import { runPlaybook } from '../backend/run-playbook.ts';
import { provideAnsible } from '../platform/ansible.ts';

const PLAYBOOKS = {
  'no module': ['debug: {msg: x}'],
  'one command': ['command: "true"'],
  'three tasks': [
    'copy: {content: x, dest: "{{ playbook_dir }}/x"}',
    'template: {src: x.j2, dest: "{{ playbook_dir }}/y"}',
    'command: "true"',
  ],
} as const;

/** What issue and design aim at, of the cold time, with one run at once. */
const GOALS: Readonly<Record<string, number>> = { 'no module': 0.15, 'one command': 0.35 };

/** Compare warm runs of playbooks with cold ones, alternately, one and more at once. */
export async function benchAnsible(rounds = 7): Promise<void> {
  const ansible = await provideAnsible((sentence) => console.error(sentence));
  const folder = await mkdtemp(join(tmpdir(), 'accord-bench-'));
  await writeFile(join(folder, 'x.j2'), '{{ 1 + 1 }}\n');
  const create = (mode: 'warm' | 'cold'): Dispatcher =>
    createDispatcher({ ansible, playbooksDir: folder, mode, places: 8 });
  const warm = create('warm');
  const cold = create('cold');
  try {
    const why = await warm.start();
    if (why !== null) throw new Error(`the warm way is not there: ${why}`);
    console.log('playbook      at once   cold ms   warm ms   warm/cold   goal');
    for (const [name, tasks] of Object.entries(PLAYBOOKS)) {
      const playbook = join(folder, `${name.replaceAll(' ', '_')}.yaml`);
      const lines = tasks.map((task) => `    - ${task}\n`).join('');
      await writeFile(playbook, `- hosts: localhost\n  gather_facts: false\n  tasks:\n${lines}`);
      for (const atOnce of [1, 2, 4]) {
        const run = (dispatcher: Dispatcher): Promise<number> =>
          measure(folder, playbook, atOnce, { ...ansible, dispatcher });
        const times: { cold: number; warm: number }[] = [];
        for (let round = 0; round < rounds; round += 1)
          times.push({ cold: await run(cold), warm: await run(warm) });
        report(name, atOnce, median(times.map((time) => time.cold)), median(times.map((time) => time.warm)));
      }
    }
  } finally {
    await Promise.all([warm.stop(), cold.stop()]);
    await rm(folder, { recursive: true, force: true });
  }
}

type Ansible = Parameters<typeof runPlaybook>[0]['ansible'];

/** Milliseconds per run. */
async function measure(folder: string, playbook: string, atOnce: number, ansible: Ansible): Promise<number> {
  const startedAt = performance.now();
  const runs = Array.from({ length: atOnce }, (_, index) =>
    runPlaybook({
      ansible,
      playbook,
      variables: {},
      runDir: join(folder, 'sys', `Thing_${index}`),
      signal: new AbortController().signal,
      timeoutMs: 60_000,
    }),
  );
  await Promise.all(runs);
  return (performance.now() - startedAt) / atOnce;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

function report(name: string, atOnce: number, cold: number, warm: number): void {
  const goal = atOnce === 1 ? (GOALS[name]?.toFixed(2) ?? '') : '';
  const cells = [name.padEnd(12), String(atOnce).padStart(8)];
  const numbers = [cold.toFixed(0), warm.toFixed(0), (warm / cold).toFixed(2)];
  console.log([...cells, ...numbers.map((cell) => cell.padStart(9)), goal.padStart(8)].join(' '));
}

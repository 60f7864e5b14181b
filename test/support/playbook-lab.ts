import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { PlanSetup } from '../../activities/index.ts';
import { createDispatcher } from '../../backend/dispatcher.ts';
import type { AnyStep } from '../../define/synchronizer.ts';
import { createLog } from '../../log.ts';
import type { ModelDefinition, Ref } from '../../model/definition.ts';
import { provideAnsible } from '../../platform/ansible.ts';
import { readAttemptEvents, type AttemptEvent } from '../../store/attempt-events.ts';
import {
  readAttempt,
  readAttempts,
  type AttemptDetail,
  type StoredAttempt,
} from '../../store/attempt-history.ts';
import type { StoredObject } from '../../store/types.ts';
import type { WorkerOptions } from '../../worker/worker.ts';
import { startEngine, type Engine } from './engine.ts';
import { waitFor } from './wait-for.ts';

/** Python and Ansible are started; on a busy machine that takes a while. */
export const PATIENCE_MS = 60_000;

/** An engine whose steps run real playbooks, in a folder of its own. */
export interface PlaybookLab {
  readonly engine: Engine;
  /** Of the synchronizer: `playbooks/` and keys are below it. */
  readonly folder: string;
  readonly sysDir: string;
  /** By model; what is changed of them counts from the next attempt. */
  readonly steps: ReadonlyMap<string, AnyStep>;
  /** What it takes to ask what playbooks would do. */
  readonly planning: PlanSetup;
  /** The interpreter that Ansible is installed for. */
  readonly python: string;
  /** Write a file below the folder, and tell where. */
  write(name: string, text: string): Promise<string>;
  /** With more patience than the engine's own. */
  untilState(ref: Ref, state: StoredObject['state']): Promise<StoredObject>;
  untilGone(ref: Ref): Promise<void>;
  /** Latest first. */
  attempts(ref: Ref): Promise<StoredAttempt[]>;
  /** Wait for an attempt, by default the first, to end. */
  ended(ref: Ref, number?: number): Promise<AttemptDetail>;
  events(ref: Ref, number?: number): Promise<AttemptEvent[]>;
  stop(): Promise<void>;
}

export async function createPlaybookLab(
  models: readonly ModelDefinition[],
  steps: Readonly<Record<string, AnyStep>>,
  options: Pick<WorkerOptions, 'proxySsh' | 'keepDeletedSysMs'> = {},
): Promise<PlaybookLab> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'accord-lab-')));
  const playbooksDir = join(folder, 'playbooks');
  await mkdir(playbooksDir);
  const sysDir = join(folder, 'sys');
  const found = await provideAnsible((sentence) => void process.stderr.write(`${sentence}\n`));
  const dispatcher = createDispatcher({ ansible: found, playbooksDir, mode: 'warm' });
  const ansible = { ...found, dispatcher };
  const engine = await startEngine(models, steps, { ansible: { ...options, folder, sysDir, ansible } });
  const { database } = engine.store;
  const byModel = new Map(Object.entries(steps));
  return {
    engine,
    folder,
    sysDir,
    steps: byModel,
    planning: {
      store: engine.store,
      folder,
      ansible,
      proxySsh: options.proxySsh,
      steps: byModel,
      log: createLog({ level: 'silent' }),
    },
    python: found.python,
    async write(name, text) {
      const file = join(folder, name);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
      return file;
    },
    untilState: (ref, state) =>
      engine.until(ref, (object) => object.state === state, `to be ${state}`, PATIENCE_MS),
    untilGone: async (ref) => {
      await waitFor(
        `${ref.model}/${ref.id} to be gone`,
        async () => ((await engine.get(ref)) === null ? true : undefined),
        () => engine.get(ref),
        PATIENCE_MS,
      );
    },
    attempts: (ref) => readAttempts(database, ref, { limit: 20 }),
    ended: (ref, number = 1) =>
      waitFor(
        `attempt ${number} on ${ref.model}/${ref.id} to end`,
        async () => {
          const attempt = await readAttempt(database, ref, number);
          return attempt?.finished == null ? undefined : attempt;
        },
        () => readAttempt(database, ref, number),
        PATIENCE_MS,
      ),
    events: (ref, number = 1) => readAttemptEvents(database, ref, number, { after: 0, limit: 1000 }),
    async stop() {
      await engine.stop();
      await dispatcher.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

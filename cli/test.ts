import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ModelDefinition } from '../model/definition.ts';
import { dependenciesOf, type Dependencies } from '../plan/dependencies.ts';
import { conformance, type Finding } from '../testing/conformance.ts';
import { nameOf } from '../testing/fake-context.ts';
import { makeUp } from '../testing/made-up.ts';
import type { ConformanceSetup } from '../testing/setup.ts';
import { createWorld } from '../testing/world.ts';
import { loadFolder } from '../worker/load-folder.ts';
import type { LoadedSynchronizer } from '../worker/load-synchronizer.ts';
import { EXIT, UsageError } from './explain.ts';
import { createPlayRunner } from './play-runner.ts';
import { table, type Column } from './table.ts';
import type { Terminal } from './terminal.ts';

interface StepFinding extends Finding {
  readonly model: string;
}

/**
 * Put every step of a synchronizer to the test that production will put it to, on made-up objects.
 *
 * HTTP goes to a recorder in memory, and files into a folder of their own; playbooks run for real.
 *
 * @returns the exit code: 1 when a check fails
 */
export async function testSteps(
  folder: string,
  { json }: { readonly json: boolean },
  terminal: Terminal,
): Promise<number> {
  const root = resolve(folder);
  const { synchronizer } = await loadFolder(root);
  const setup = await setupOf(root);
  const home = process.cwd();
  const world = join(await mkdtemp(join(tmpdir(), 'accord-conformance-')), 'world');
  const runner = createPlayRunner(root, `${world}-runs`, (sentence) => terminal.note(sentence));
  try {
    const findings = await look(synchronizer, setup, world, runner);
    if (json) terminal.out(JSON.stringify(findings, null, 2));
    else show(findings, terminal);
    return findings.some(({ verdict }) => verdict === 'failed') ? EXIT.failed : EXIT.ok;
  } finally {
    process.chdir(home);
    await runner.stop();
    await setup.tearDown?.();
    await rm(join(world, '..'), { recursive: true, force: true });
  }
}

async function look(
  { steps, models, modelDeps }: LoadedSynchronizer,
  setup: ConformanceSetup,
  folder: string,
  { play }: ReturnType<typeof createPlayRunner>,
): Promise<StepFinding[]> {
  const findings: StepFinding[] = [];
  const { ofModel } = dependenciesOf(models, modelDeps);
  const world = createWorld(folder);
  try {
    await world.reset();
    process.chdir(folder);
    await setup.setUp?.(folder);
    for (const [model, step] of steps) {
      const definition = models.find(({ name }) => name === model);
      if (definition === undefined) continue;
      const fixture = makeUp(definition, models, setup.fixtures);
      const before = orderedBefore(model, ofModel, models);
      const dependencies = new Set(fixture.objects.filter((one) => before.has(one.model)).map(nameOf));
      const observe = setup.observe?.bind(setup);
      const subject = { step, ...fixture, dependencies, world, play };
      const found = await conformance({ ...subject, ...(observe && { observe }) });
      findings.push(...found.map((finding) => ({ model, ...finding })));
    }
  } finally {
    world.end();
  }
  return findings;
}

/** The models whose objects are made before those of `model`, directly or by way of others. */
function orderedBefore(
  model: string,
  ofModel: Dependencies['ofModel'],
  models: readonly ModelDefinition[],
): ReadonlySet<string> {
  const before = new Set([model]);
  for (const name of before)
    for (const { destModel } of ofModel.get(name) ?? [])
      for (const one of models)
        if (one.name === destModel || one.bases.includes(destModel)) before.add(one.name);
  return before;
}

async function setupOf(root: string): Promise<ConformanceSetup> {
  for (const name of ['conformance.ts', 'conformance.js']) {
    const file = join(root, name);
    const isThere = await access(file).then(
      () => true,
      () => false,
    );
    if (!isThere) continue;
    const { default: setup } = (await import(pathToFileURL(file).href)) as { default?: ConformanceSetup };
    if (typeof setup !== 'object')
      throw new UsageError(`${file} has no \`export default defineConformance({ … })\``);
    return setup;
  }
  return {};
}

const SIGNS = { passed: '✔', failed: '✗', skipped: '–' };
const COLUMNS: readonly Column<StepFinding>[] = [
  { title: 'STEP OF', cell: ({ model }) => model },
  { title: 'CHECK', cell: ({ verdict, check }) => `${SIGNS[verdict]} ${check}` },
  { title: 'SEEN', cell: ({ what }) => what },
];

function show(findings: readonly StepFinding[], terminal: Terminal): void {
  if (findings.length === 0) {
    terminal.out('It has no steps: nothing to put to the test.');
    return;
  }
  terminal.out(table(COLUMNS, findings, terminal.width));
  for (const { model, check, what, meaning } of findings.filter(({ verdict }) => verdict === 'failed'))
    terminal.out(`\n✗ ${model} ${check}: ${what}.\n  In production: ${meaning ?? ''}`);
  const failed = findings.filter(({ verdict }) => verdict === 'failed').length;
  terminal.out(`\n${findings.length} checks, ${failed} failed`);
}

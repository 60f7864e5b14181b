import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, Worker, type WorkflowBundle } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, describe, expect, test } from 'vitest';
import { createLog } from '../../log.ts';
import { bundleWorkflows } from '../../worker/bundle.ts';
import { installRuntime } from '../../worker/runtime.ts';
import { LIVES } from './lives.ts';

const HISTORIES = new URL('./histories/', import.meta.url);
const recorded = readdirSync(HISTORIES).map((file) => basename(file, '.json'));

let today: WorkflowBundle;
let changed: WorkflowBundle;
beforeAll(async () => {
  installRuntime(createLog({ level: 'silent' }));
  const workflowsPath = fileURLToPath(new URL('./changed.ts', import.meta.url));
  const logger = new DefaultLogger('ERROR', () => undefined);
  [today, changed] = await Promise.all([bundleWorkflows(), bundleWorkflowCode({ workflowsPath, logger })]);
}, 60_000);

/** Replay what was recorded of these lives. @returns what does not fit, by life */
async function replay(lives: readonly string[], workflows: WorkflowBundle): Promise<Map<string, Error>> {
  const histories = lives.map((life) => ({
    workflowId: life,
    history: JSON.parse(readFileSync(new URL(`${life}.json`, HISTORIES), 'utf8')) as unknown,
  }));
  const faults = new Map<string, Error>();
  for await (const { workflowId, error } of Worker.runReplayHistories(
    { workflowBundle: workflows },
    histories,
  )) {
    if (error !== undefined) faults.set(workflowId, error);
  }
  return faults;
}

describe('the workflows of today', () => {
  test('have a history of every kind of life, and of no other', () => {
    expect(recorded.toSorted()).toEqual(Object.keys(LIVES).toSorted());
  });

  test('do what was recorded, in every life', async () => {
    expect(await replay(recorded, today)).toEqual(new Map());
  });
});

describe('workflows that were changed', () => {
  test('are found not to do what was recorded, in every life', async () => {
    const faults = await replay(recorded, changed);
    expect([...faults.keys()].toSorted()).toEqual(recorded.toSorted());
    for (const fault of faults.values()) expect(fault).toBeInstanceOf(DeterminismViolationError);
  });
});

test('a history tells nothing of the machine that it was recorded on', () => {
  for (const life of recorded) {
    const text = readFileSync(new URL(`${life}.json`, HISTORIES), 'utf8');
    const identities = [...text.matchAll(/"identity": "([^"]*)"/g)].map(([, identity]) => identity);
    expect(new Set(identities), life).toEqual(new Set(['recorder']));
    const payloads = [...text.matchAll(/"data": "([^"]*)"/g)].map(([, data = '']) => atob(data));
    for (const said of [text, ...payloads]) expect(said, life).not.toMatch(/\/(home|root|tmp|Users|work)\//);
  }
});

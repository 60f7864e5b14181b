import type { TargetFile, TargetInput } from '../define/target.ts';
import type { ModelDefinition } from '../model/definition.ts';
import { ownMembers } from './own-members.ts';
import { playbookStub } from './playbook-stub.ts';
import { policyOfPattern } from './policy-pattern.ts';
import { policyStub } from './policy-stub.ts';
import { patternOf } from './patterns.ts';
import { ansibleStub, restStub, stepStub, type StubPlace } from './step-stub.ts';
import { policyStem, stepStem, watcherStem } from './stub-names.ts';
import { watcherStub } from './watcher-stub.ts';

/** Models that code was written for already. */
export interface Answered {
  readonly steps: ReadonlySet<string>;
  readonly policies: ReadonlySet<string>;
  readonly watchers: ReadonlySet<string>;
}

export const NOTHING: Answered = { steps: new Set(), policies: new Set(), watchers: new Set() };

/** Where stubs stand: folders below the synchronizer's, and how its models are reached from these. */
export interface StubFolders {
  readonly door: string;
  readonly models: string;
}

/**
 * Write what a model's author begins with: its step, with a playbook where it is a share of a service, its policy, and
 * a watcher where `xos_links` name something to watch.
 */
export function stubsOf(
  model: ModelDefinition,
  { program }: TargetInput,
  place: StubFolders,
  answered: Answered = NOTHING,
): TargetFile[] {
  if (model.abstract) return [];
  const { name } = model;
  const files: TargetFile[] = [];
  if (!answered.steps.has(name)) files.push(...stepFiles(model, program, place));
  if (!answered.policies.has(name))
    files.push({
      path: `policies/${policyStem(name)}.ts`,
      text: policyOfPattern(model, program, place) ?? policyStub(model, place),
    });
  if (!answered.watchers.has(name) && model.xosLinks.length > 0)
    files.push({ path: `watchers/${watcherStem(name)}.ts`, text: watcherStub(model, place) });
  return files;
}

function stepFiles(
  model: ModelDefinition,
  program: readonly ModelDefinition[],
  place: StubPlace,
): TargetFile[] {
  const own = ownMembers(model, program);
  const path = `steps/${stepStem(model.name)}.ts`;
  switch (patternOf(model).does) {
    case 'mirror':
      return [{ path, text: stepStub(model, own, place) }];
    case 'rest':
      return [{ path, text: restStub(model, own, place) }];
    case 'playbook':
      return [{ path, text: ansibleStub(model, own, place) }, ...playbookStub(model)];
  }
}

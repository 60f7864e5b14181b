import type { TargetFile, TargetInput } from '../../define/target.ts';
import { ansibleStub, stepStub } from '../step-stub.ts';
import { ownMembers } from '../own-members.ts';
import { playbookStub } from '../playbook-stub.ts';
import { policyStub } from '../policy-stub.ts';
import { policyStem, stepStem, watcherStem } from '../stub-names.ts';
import { watcherStub } from '../watcher-stub.ts';
import { accordYaml, synchronizerText } from '../targets/synchronizer.ts';
import { hybridStep, hybridWatcher } from './hybrid-step.ts';
import type { NewNames } from './names.ts';
import { gitignore, packageText, readmeText, tsconfigText, type PackageFacts } from './project-files.ts';
import { testText } from './test-file.ts';
import { xprotoText } from './xproto.ts';

/** What a new synchronizer is made of. */
export interface NewOptions {
  /**
   * work: it acts on objects that are due. event: it answers changes of what they are linked to, too, by a watcher.
   * hybrid: its step itself does both.
   */
  readonly base: 'work' | 'event' | 'hybrid';
  /** Who does the work of its step: a playbook, or the step itself. */
  readonly does: 'ansible' | 'plain';
}

export { namesFor, type NewNames } from './names.ts';
export { xprotoText } from './xproto.ts';

/**
 * Write the folder of a new synchronizer, which works as it is; `models.gen.ts` and `schema.gen.json` are generated
 * from its xproto.
 */
export function newFiles(
  names: NewNames,
  { base, does }: NewOptions,
  input: TargetInput,
  facts: PackageFacts,
): TargetFile[] {
  const { name, item } = names;
  const model = input.models.find((one) => one.name === item);
  if (model === undefined) throw new Error(`the xproto of a new synchronizer has no ${item}`);
  const place = { door: input.door, models: '../models.gen.ts' };
  const own = ownMembers(model, input.program);
  const step = does === 'ansible' ? ansibleStub(model, own, place) : stepStub(model, own, place);
  return [
    { path: `${name}.xproto`, text: xprotoText(names) },
    { path: 'accord.yaml', text: accordYaml(name, base === 'work' ? ['enable_watchers: false'] : []) },
    { path: 'synchronizer.ts', text: synchronizerText(name, [`${name}.xproto`], input.door) },
    { path: `steps/${stepStem(item)}.ts`, text: base === 'hybrid' ? hybridStep(step, names) : step },
    ...(does === 'ansible' ? playbookStub(model) : []),
    { path: `policies/${policyStem(item)}.ts`, text: policyStub(model, place) },
    ...(base === 'work'
      ? []
      : [
          {
            path: `watchers/${watcherStem(item)}.ts`,
            text: base === 'hybrid' ? hybridWatcher(names, input.door) : watcherStub(model, place),
          },
        ]),
    { path: `test/${stepStem(item)}.test.ts`, text: testText(names, does, input.door) },
    { path: 'package.json', text: packageText(name, facts) },
    { path: 'tsconfig.json', text: tsconfigText() },
    { path: '.gitignore', text: gitignore() },
    { path: 'README.md', text: readmeText(names, does) },
  ];
}

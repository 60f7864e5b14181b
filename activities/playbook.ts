import { join } from 'node:path';
import type { PlaybookRequest } from '../backend/run-playbook.ts';
import type { StepContext } from '../define/context.ts';
import { skip, type Attributes } from '../define/step.ts';
import type { AnyStep } from '../define/synchronizer.ts';
import type { ActivitySetup } from './create-activities.ts';
import { targetOf } from './instance-target.ts';
import type { AuthorObject } from './reader.ts';

export type AnsibleLike = Exclude<AnyStep, { readonly kind: 'step' }>;

/** Of what activities work with, what it takes to say what is run. */
export type PlaybookSetup = Pick<ActivitySetup, 'store' | 'folder' | 'ansible' | 'proxySsh'>;

/** What is run for an object, wherever and however. */
export type Playbook = Pick<
  PlaybookRequest,
  'ansible' | 'playbook' | 'deletion' | 'variables' | 'delete' | 'target'
>;

/**
 * Say what the step of an object runs. Null: its attributes say that there is nothing to run.
 *
 * @throws {DeferredException} while the Instance that it would run on is not there
 */
export async function playbookOf(
  setup: PlaybookSetup,
  step: AnsibleLike,
  kind: 'sync' | 'delete',
  object: AuthorObject,
  context: StepContext,
): Promise<Playbook | null> {
  if (setup.ansible === undefined) throw new Error('this worker was started without Ansible');
  const target = step.kind === 'instance' ? await targetOf(setup, step, object, context) : undefined;
  const attributes = (await step.getExtraAttributes?.(object, context)) ?? withoutIdentity(object);
  if (attributes === skip) return null;
  const file = (name: string): string => join(setup.folder, 'playbooks', name);
  const deletion = deletionOf(step);
  return {
    ansible: setup.ansible,
    playbook: file(playbookNameOf(step, kind)),
    ...(deletion === undefined ? {} : { deletion: file(deletion) }),
    variables: attributes,
    delete: kind === 'delete',
    ...(target === undefined ? {} : { target }),
  };
}

/** The playbook that a step runs, below `playbooks`. */
export function playbookNameOf(step: AnsibleLike, kind: 'sync' | 'delete'): string {
  return (kind === 'delete' ? deletionOf(step) : undefined) ?? step.templateName;
}

const deletionOf = ({ deleteRecord }: AnsibleLike): string | undefined =>
  typeof deleteRecord === 'object' ? deleteRecord.templateName : undefined;

// Names of fields become names of variables; the reference is Accord's own.
const withoutIdentity = (object: AuthorObject): Attributes =>
  Object.fromEntries(Object.entries(object).filter(([name]) => name !== 'model' && name !== 'id'));

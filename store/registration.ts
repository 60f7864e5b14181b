import type { ModelDefinition } from '../model/definition.ts';
import type { ModelDeps } from '../plan/model-deps.ts';
import type { Unfit } from './conform.ts';
import type { PollerRegistration, WatcherRegistration } from './watchers.ts';

/** What a model's step and policy ask of the engine. */
export interface ModelTraits {
  /** The step says itself what its objects depend on, besides. */
  readonly dependsOn?: boolean;
  /** Clean objects are synchronized again this often. */
  readonly resyncEveryMs?: number;
  /** What Temporal must know to run its step, or, without one, its policy: handed on as it is. */
  readonly terms?: object;
}

/** What a worker brings. */
export interface Registration {
  readonly synchronizer: string;
  /** Its author's number for it: an older one is refused. @default 0 */
  readonly version?: number;
  /** Accept and keep writes, relay nothing. */
  readonly disabled?: boolean;
  /** Pretend only. */
  readonly pretend?: boolean;
  readonly models: readonly {
    readonly definition: ModelDefinition;
    readonly hasStep: boolean;
    readonly hasPolicy: boolean;
    readonly traits?: ModelTraits;
  }[];
  /** What model-deps says in place of the models' own dependencies. */
  readonly modelDeps?: ModelDeps;
  readonly watchers?: readonly WatcherRegistration[];
  readonly pollers?: readonly PollerRegistration[];
}

/** What a registration does, or would do, to what is stored. */
export interface Migration {
  /** A line for each model that comes, changes or goes. */
  readonly changes: readonly string[];
  /** What its models do not allow. Empty once it has been mended. */
  readonly unfit: readonly Unfit[];
  /** What there is to warn of. */
  readonly warnings: readonly string[];
}

/** The models of a registration do not allow what is stored. Nothing was changed. */
export class RegistrationRefused extends Error {
  override readonly name = 'RegistrationRefused';
  readonly code = 'E_REGISTRATION';
  readonly unfit: readonly Unfit[];

  constructor(synchronizer: string, unfit: readonly Unfit[]) {
    super(
      [
        `synchronizer ${synchronizer} was not registered: its models do not allow what is stored`,
        ...describeUnfit(unfit).map((line) => `  ${line}`),
        'Change the objects, or the model, or see `accord migrate` for what can be done about it.',
      ].join('\n'),
    );
    this.unfit = unfit;
  }
}

const SHOWN = 5;

/** Say what does not fit, a line for each field: which objects, and what accepting the loss would make of them. */
export function describeUnfit(unfit: readonly Unfit[]): string[] {
  const byMember = Map.groupBy(unfit, ({ ref, member }) => `${ref.model}.${member?.name ?? ''}`);
  return [...byMember.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const objects = [...new Set(group.map(({ ref }) => `${ref.model}/${ref.id}`))];
    const more = objects.length > SHOWN ? ` and ${objects.length - SHOWN} more` : '';
    return [`${objects.slice(0, SHOWN).join(', ')}${more}: ${first.problem} (${remedyOf(first)})`];
  });
}

function remedyOf({ member, remedy }: Unfit): string {
  if (member === undefined) return 'change or delete the objects first';
  if (remedy !== undefined) return `accepted, it becomes ${JSON.stringify(remedy)}`;
  const isLink = 'kind' in member;
  return `change the objects first, or give the model ${isLink ? 'null = True' : 'a default or null = True'}`;
}

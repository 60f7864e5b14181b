import type { ModelDefinition } from '../model/definition.ts';
import type { Queryable } from './database.ts';

/** A model as it is registered, with what the engine must know of its synchronizer. */
export interface RegisteredModel {
  readonly definition: ModelDefinition;
  /** Its name is also the name of the task queue. */
  readonly synchronizer: string;
  readonly hasStep: boolean;
  readonly hasPolicy: boolean;
  /** Grows when any of this changes: a write that was checked against an older one is checked again. */
  readonly revision: number;
  /** Some worker's xproto still has it. If not, its objects are held. */
  readonly living: boolean;
}

export type Registry = ReadonlyMap<string, RegisteredModel>;

/** Read all registered models. */
export async function readRegistry(queryable: Queryable): Promise<Registry> {
  const rows = await queryable.query<{
    name: string;
    definition: ModelDefinition;
    synchronizer: string;
    has_step: boolean;
    has_policy: boolean;
    revision: number;
    living: boolean;
  }>(
    'select name, definition, synchronizer, has_step, has_policy, revision, living from models order by name',
  );
  return new Map(
    rows.map((row) => [
      row.name,
      {
        definition: row.definition,
        synchronizer: row.synchronizer,
        hasStep: row.has_step,
        hasPolicy: row.has_policy,
        revision: row.revision,
        living: row.living,
      },
    ]),
  );
}

/** The model and its descendants: what a link to it accepts, and what a list of it shows. */
export function leavesOf(registry: Registry, model: string): string[] {
  return [...registry.values()]
    .filter(({ definition }) => definition.name === model || definition.bases.includes(model))
    .map(({ definition }) => definition.name);
}

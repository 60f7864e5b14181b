import type { FieldDefinition, LinkDefinition, ModelDefinition, Ref } from '../model/definition.ts';
import { own } from '../model/own.ts';
import type { Queryable } from './database.ts';
import { Refusal } from './errors.ts';
import { resolveLinks } from './links.ts';
import type { Registry } from './registry.ts';
import type { Fields, Value } from './types.ts';
import { checkFeedback, checkWrite } from './validate.ts';
import { updateObject } from './write.ts';

/** A stored value that its model does not allow any more. */
export interface Unfit {
  readonly ref: Ref;
  /** The field or link. Absent when the object as a whole is meant. */
  readonly member?: FieldDefinition | LinkDefinition;
  readonly problem: string;
  /** What it becomes when the loss is accepted. Absent when there is nothing that would fit. */
  readonly remedy?: Value;
}

const AT_ONCE = 1000;

/**
 * Find what live objects of a model have in these fields and links that the model does not allow.
 *
 * What is being deleted is let go as it is: nobody could mend it.
 */
export async function findUnfit(
  tx: Queryable,
  registry: Registry,
  model: ModelDefinition,
  suspects: ReadonlySet<string>,
): Promise<Unfit[]> {
  const isSuspect = ({ name }: { readonly name: string }): boolean => suspects.has(name);
  const part = {
    ...model,
    fields: model.fields.filter(isSuspect),
    links: model.links.filter(isSuspect),
  };
  if (part.fields.length + part.links.length === 0 && !model.abstract) return [];

  const unfit: Unfit[] = [];
  for (let after = 0; ;) {
    const objects = await tx.query<Stored>(
      `select id, declarative, feedback from objects where model = $1 and id > $2 and not deleted order by id limit ${AT_ONCE}`,
      [model.name, after],
    );
    for (const object of objects) unfit.push(...(await misfits(tx, registry, part, object)));
    const last = objects.at(-1);
    if (last === undefined) return unfit;
    after = last.id;
  }
}

interface Stored {
  readonly id: number;
  readonly declarative: Fields;
  readonly feedback: Fields;
}

async function misfits(
  tx: Queryable,
  registry: Registry,
  part: ModelDefinition,
  { id, declarative, feedback }: Stored,
): Promise<Unfit[]> {
  const ref = { model: part.name, id };
  if (part.abstract) return [{ ref, problem: 'the model is abstract: it has no objects of its own' }];
  const members = [...part.fields, ...part.links];
  const given = members.filter(
    ({ name, state }) => state === 'declarative' && own(declarative, name) !== undefined,
  );
  const checked = checkWrite(part, pick(declarative, given), true);
  const resolved = await resolveLinks(tx, registry, part, checked.links);
  // What no step has reported yet is null, whether the model says that it may be or not.
  const reported = part.fields.filter(
    ({ name, state }) => state === 'feedback' && (own(feedback, name) ?? null) !== null,
  );
  const ofFeedback = checkFeedback(part, pick(feedback, reported));
  const faults = [...checked.faults, ...resolved.faults, ...ofFeedback.faults];
  return faults.map(({ field, message }) => {
    const member = members.find(({ name }) => name === field);
    const remedy = member && remedyFor(member);
    return {
      ref,
      problem: message,
      ...(member && { member }),
      ...(remedy !== undefined && { remedy }),
    };
  });
}

const pick = (fields: Fields, members: readonly { readonly name: string }[]): Record<string, Value> =>
  Object.fromEntries(members.map(({ name }) => [name, own(fields, name) ?? null]));

function remedyFor(member: FieldDefinition | LinkDefinition): Value | undefined {
  if ('kind' in member) {
    if (member.kind === 'manytomany') return [];
    return member.nullable ? null : undefined;
  }
  if (member.state === 'feedback') return null;
  if (member.default !== undefined) return member.default;
  if (member.repeated) return [];
  return member.nullable ? null : undefined;
}

/** Who mends, as the audit trail names it. */
const WRITER = { name: 'accord migrate', isBulk: true };

/**
 * Put the remedies in the place of what does not fit: writes like any other, with policies, steps and audit trail.
 *
 * @returns what a remedy could not mend either
 */
export async function mend(
  tx: Queryable,
  registry: Registry,
  unfit: readonly Unfit[],
): Promise<readonly Unfit[]> {
  const left: Unfit[] = [];
  for (const one of unfit) {
    const { ref, member, remedy } = one;
    if (member === undefined || remedy === undefined) {
      left.push(one);
    } else if (member.state === 'feedback') {
      await tx.query(FORGET, [ref.id, member.name]);
    } else {
      const refused = await updateObject({ tx, registry, writer: WRITER }, ref, {
        [member.name]: remedy,
      }).catch(asRefusal);
      if (refused !== undefined) left.push({ ref, member, problem: refused.message });
    }
  }
  return left;
}

// The step reports it anew.
const FORGET = `with forgotten as (
    update objects set feedback = feedback - $2::text, generation = generation + 1, failures = 0, next_attempt_at = null
     where id = $1 returning id)
  select tell(id, 'changed', 5::smallint) from forgotten`;

function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  throw error;
}

import type { ModelDefinition } from '../model/definition.ts';
import { Refusal, type Fault } from '../store/errors.ts';
import { linkKey } from './view.ts';

/** What a body asks for, in the store's words, and what is wrong with its form. */
export interface Wanted {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly faults: readonly Fault[];
}

/** Turn a JSON body into fields of `model`. Values and unknown names are for the store to judge. */
export function wantedBy(body: unknown, model: ModelDefinition): Wanted {
  const links = new Map(model.links.map((link) => [linkKey(link), link.name]));
  const keys = new Map(model.links.map((link) => [link.name, linkKey(link)]));
  const faults: Fault[] = [];
  const fields = Object.entries(objectIn(body)).flatMap(([key, value]) => {
    const linkAs = keys.get(key);
    if (linkAs === undefined) return [[links.get(key) ?? key, value] as const];
    faults.push({ field: key, message: `${key} is a link: give ${linkAs}` });
    return [];
  });
  // From entries, so that a key `__proto__` is data like any other.
  return { fields: Object.fromEntries(fields), faults };
}

/**
 * Fill in what a PUT leaves out, so that it replaces the goal: defaults, else null.
 *
 * A secret that is left out stays, for nobody can read it in order to repeat it.
 */
export function replacing({ fields, faults }: Wanted, model: ModelDefinition): Wanted {
  const isLeftOut = (member: { name: string; state: string }) =>
    member.state === 'declarative' && !Object.hasOwn(fields, member.name);
  const filled: Record<string, unknown> = {
    no_sync: false,
    no_policy: false,
    pretend: false,
    write_protect: false,
  };
  const found = [...faults];
  for (const field of model.fields.filter(isLeftOut)) {
    if (field.secret) continue;
    if (field.default !== undefined) filled[field.name] = field.default;
    else if (field.repeated) filled[field.name] = [];
    else if (field.nullable) filled[field.name] = null;
    else found.push({ field: field.name, message: `${field.name} is required` });
  }
  for (const link of model.links.filter(isLeftOut)) {
    if (link.kind === 'manytomany') filled[link.name] = [];
    else if (link.nullable) filled[link.name] = null;
    else found.push({ field: linkKey(link), message: `${linkKey(link)} is required` });
  }
  return { fields: { ...filled, ...fields }, faults: found };
}

/**
 * Do a write whose form may have faults already, so that these and the store's are told at once.
 *
 * Runs inside of the transaction: with any fault it throws, and nothing is stored.
 */
export async function judged<T>(
  { fields, faults }: Wanted,
  model: ModelDefinition,
  write: (fields: Record<string, unknown>) => Promise<T>,
): Promise<T> {
  let more: readonly Fault[] = [];
  try {
    const result = await write({ ...fields });
    if (faults.length === 0) return result;
  } catch (error) {
    if (!(error instanceof Refusal && error.code === 'E_INVALID')) throw error;
    // One without faults is about the object as a whole, and has no more to say.
    const faultsOfStore = error.faults.length > 0 ? error.faults : [{ message: error.message }];
    more = faultsOfStore.map((fault) => inWireNames(fault, model));
  }
  const named = new Set(faults.map((fault) => fault.field));
  const all = [...faults, ...more.filter((fault) => fault.field === undefined || !named.has(fault.field))];
  throw new Refusal(
    'E_INVALID',
    `${model.name} is refused: ${all.map((fault) => fault.message).join('; ')}`,
    {
      faults: all,
    },
  );
}

function inWireNames(fault: Fault, model: ModelDefinition): Fault {
  const link = model.links.find((candidate) => candidate.name === fault.field);
  if (link === undefined) return fault;
  const key = linkKey(link);
  const isNamedFirst =
    /^[ :[]/.test(fault.message.slice(link.name.length)) && fault.message.startsWith(link.name);
  return { field: key, message: isNamedFirst ? key + fault.message.slice(link.name.length) : fault.message };
}

function objectIn(body: unknown): Record<string, unknown> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body))
    return body as Record<string, unknown>;
  const message = 'the body must be a JSON object of fields, as in {"name": "web"}';
  throw new Refusal('E_INVALID', message, { faults: [{ message }] });
}

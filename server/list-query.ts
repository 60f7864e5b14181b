import type { FieldDefinition, JsonScalar, ModelDefinition } from '../model/definition.ts';
import { own } from '../model/own.ts';
import { nearest } from '../model/suggest.ts';
import { Refusal, type Fault } from '../store/errors.ts';
import type { Condition, ListOrder, ListRequest, Operator, Place, Position } from '../store/list.ts';
import { isStorable } from '../store/storable.ts';
import type { State } from '../store/types.ts';
import { linkKey } from './view.ts';

type Query = Readonly<Record<string, string | string[] | undefined>>;

/** What a list is asked for: which objects, in what order, from where on, and which of their fields. */
export interface ListQuery extends ListRequest {
  /** Absent: all of them. */
  readonly fields?: readonly string[];
}

/** How each operator is written behind a field: `area__lt=3`. */
export const OPERATORS: Readonly<Record<string, Operator>> = {
  in: 'in',
  lt: '<',
  lte: '<=',
  gt: '>',
  gte: '>=',
  contains: 'contains',
  isnull: 'isnull',
};

/** Bookkeeping that lists are filtered and sorted by, and how its values are written. */
export const COLUMNS: Readonly<Record<string, 'number' | 'boolean' | 'time' | 'text'>> = {
  id: 'number',
  generation: 'number',
  enacted: 'number',
  failures: 'number',
  created: 'time',
  updated: 'time',
  next_attempt_at: 'time',
  deleted: 'boolean',
  no_sync: 'boolean',
  no_policy: 'boolean',
  pretend: 'boolean',
  write_protect: 'boolean',
  leaf_model_name: 'text',
};

const STATES: readonly (State | 'blocked')[] = [
  'Synced',
  'Syncing',
  'Waiting',
  'Deferred',
  'Error',
  'Stalled',
  'Paused',
  'Deleting',
  'Pretended',
  'Not managed',
  'blocked',
];

/**
 * Read the query of a list: `<field>=`, `<field>__in=` and the like, `state`, `sort`, `fields`, `after`, `limit`.
 *
 * Without a word on `deleted` or `state`, a filter looks among the live objects alone.
 *
 * @throws {Refusal} E_INVALID with every fault
 */
export function listQuery(query: Query, model: ModelDefinition): ListQuery {
  const faults: Fault[] = [];
  const { after, limit = '100', sort, state, fields, ...filters } = query;
  const conditions = Object.entries(filters).flatMap(([key, raw]) => {
    const condition = conditionOf(key, raw, model);
    if (typeof condition !== 'string') return [condition];
    faults.push({ field: key, message: condition });
    return [];
  });
  const states = state === undefined ? [] : statesIn(state, faults);
  const order = sort === undefined ? undefined : orderOf(sort, model, faults);
  const position = after === undefined ? undefined : positionIn(after, order !== undefined, faults);
  const selected = fields === undefined ? undefined : selectedIn(fields, model, faults);
  const most = whole('limit', limit, 1, 1000, faults);
  refuse(faults);

  const isOfLive = conditions.length > 0 && state === undefined && !('deleted' in filters);
  return {
    conditions: isOfLive ? [...conditions, LIVE] : conditions,
    states,
    limit: most,
    ...(order !== undefined && { order }),
    ...(position !== undefined && { after: position }),
    ...(selected !== undefined && { fields: selected }),
  };
}

const LIVE: Condition = {
  place: { in: 'column', name: 'deleted', isTime: false },
  operator: '=',
  values: [false],
};

/** How the next page is asked for. */
export function spellPosition({ value, id }: Position, isSorted: boolean): string {
  return isSorted ? Buffer.from(JSON.stringify([value, id])).toString('base64url') : String(id);
}

function positionIn(raw: string | string[], isSorted: boolean, faults: Fault[]): Position | undefined {
  if (!isSorted) return { value: null, id: whole('after', raw, 0, Number.MAX_SAFE_INTEGER, faults) };
  try {
    const parsed: unknown = JSON.parse(Buffer.from(String(raw), 'base64url').toString());
    if (Array.isArray(parsed) && parsed.length === 2 && isValue(parsed[0]) && Number.isSafeInteger(parsed[1]))
      return { value: parsed[0], id: parsed[1] as number };
  } catch {
    // Said below.
  }
  faults.push({
    field: 'after',
    message: 'after must be what `next` of the page before says, with the same sort',
  });
  return undefined;
}

/** Lists are sorted by single values, such as the database can hold. */
const isValue = (value: unknown): value is JsonScalar =>
  typeof value === 'string' ? isStorable(value) : value === null || typeof value !== 'object';

/** Something that a list can be filtered or sorted by. */
interface Member {
  readonly place: Place;
  readonly kind: FieldDefinition['type'] | 'link' | 'time' | 'number' | 'boolean' | 'text';
  readonly isMany: boolean;
}

/** Find what a name means; a sentence when it means nothing that can be looked for. */
function memberNamed(name: string, model: ModelDefinition): Member | string {
  const field = model.fields.find((candidate) => candidate.name === name);
  if (field?.secret === true) return `${name} is secret: no list is filtered or sorted by it`;
  if (field !== undefined) {
    const missing = field.repeated ? ([] as const) : (field.default ?? null);
    return { place: { in: field.state, name, missing }, kind: field.type, isMany: field.repeated };
  }
  const link = model.links.find((candidate) => linkKey(candidate) === name || candidate.name === name);
  if (link !== undefined)
    return { place: { in: 'link', name: link.name }, kind: 'link', isMany: link.kind === 'manytomany' };
  const column = own(COLUMNS, name);
  if (column !== undefined) {
    const place = {
      in: 'column',
      name: name === 'leaf_model_name' ? 'model' : name,
      isTime: column === 'time',
    } as const;
    return { place, kind: column, isMany: false };
  }
  const known = [
    ...model.fields.filter(({ secret }) => !secret).map((one) => one.name),
    ...model.links.map(linkKey),
  ];
  const guess = nearest(name, [...known, ...Object.keys(COLUMNS)]);
  const hint = guess === undefined ? '' : `; did you mean ${guess}?`;
  return `${model.name} has no field ${JSON.stringify(name)} to look for${hint}`;
}

function conditionOf(key: string, raw: Query[string], model: ModelDefinition): Condition | string {
  // A field may have such a name itself.
  const isName = typeof memberNamed(key, model) !== 'string';
  const [, name = key, suffix] = isName ? [] : (/^(.+)__([a-z]+)$/.exec(key) ?? []);
  const operator = suffix === undefined ? '=' : own(OPERATORS, suffix);
  if (operator === undefined)
    return `${key}: known are ${Object.keys(OPERATORS)
      .map((one) => `__${one}`)
      .join(', ')}`;
  const member = memberNamed(name, model);
  if (typeof member === 'string') return member;
  if (member.isMany && operator !== 'contains') return `${name} holds many values: ask for ${name}__contains`;
  const isText = TEXTS.includes(member.kind);
  if (operator === 'contains' && !member.isMany && !isText)
    return `${name} is no text: __contains cannot be asked of it`;
  if (typeof raw !== 'string') return `${key} is given more than once`;
  if (operator === 'isnull') {
    if (raw !== 'true' && raw !== 'false') return `${key} must be true or false`;
    return { place: member.place, operator, values: [raw === 'true'] };
  }
  const values = (operator === 'in' ? raw.split(',') : [raw]).map((text) => valueOf(member, text));
  if (values.includes(undefined))
    return `${key} must be ${operator === 'in' ? 'a list of: ' : ''}one ${SAID[member.kind] ?? member.kind}`;
  return { place: member.place, operator, values: values.filter((value) => value !== undefined) };
}

const SAID: Readonly<Record<string, string>> = {
  link: 'id',
  number: 'whole number',
  time: 'time, as in 2030-01-31T18:00:00Z',
};
const TEXTS: readonly string[] = ['string', 'enum', 'bytes', 'text'] satisfies Member['kind'][];

/** `text` as a value of `member`; undefined when it cannot be one. */
function valueOf({ kind }: Member, text: string): JsonScalar | undefined {
  // What JSON in Postgres cannot hold, no object has.
  if (TEXTS.includes(kind)) return isStorable(text) ? text : undefined;
  if (kind === 'bool' || kind === 'boolean')
    return text === 'true' ? true : text === 'false' ? false : undefined;
  if (kind === 'link') return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  // Date.parse takes 0.5 for a time, too.
  if (kind === 'time') return TIME.test(text) ? numberOr(Date.parse(text) / 1000) : undefined;
  const number = text.trim() === '' ? NaN : Number(text);
  return FRACTIONS.includes(kind) || Number.isInteger(number) ? numberOr(number) : undefined;
}

const TIME = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/i;
const FRACTIONS: readonly string[] = ['float', 'double'] satisfies Member['kind'][];

const numberOr = (number: number): number | undefined => (Number.isFinite(number) ? number : undefined);

/** Read words for states, separated by commas; those that are none are added to `faults`. */
export function statesIn(raw: string | string[], faults: Fault[]): (State | 'blocked')[] {
  return [raw]
    .flat()
    .flatMap((text) => text.split(','))
    .flatMap((text) => {
      const wanted = text.trim().toLowerCase().replace('error (blocked)', 'blocked').replaceAll(/[_-]/g, ' ');
      const found = STATES.find((state) => state.toLowerCase() === wanted);
      if (found !== undefined) return [found];
      const guess = nearest(wanted, STATES);
      const hint = guess === undefined ? `known are ${STATES.join(', ')}` : `did you mean ${guess}?`;
      faults.push({ field: 'state', message: `there is no state ${JSON.stringify(text)}; ${hint}` });
      return [];
    });
}

function orderOf(raw: string | string[], model: ModelDefinition, faults: Fault[]): ListOrder | undefined {
  const [, minus, name = ''] = /^(-?)(.*)$/.exec(typeof raw === 'string' ? raw : '') ?? [];
  const member = memberNamed(name, model);
  if (typeof member !== 'string' && !member.isMany) return { place: member.place, descending: minus === '-' };
  faults.push({
    field: 'sort',
    message: typeof member === 'string' ? member : `no list is sorted by ${name}: it holds many values`,
  });
  return undefined;
}

function selectedIn(raw: string | string[], model: ModelDefinition, faults: Fault[]): string[] {
  const names = [raw]
    .flat()
    .flatMap((text) => text.split(','))
    .map((text) => text.trim());
  for (const name of names) {
    const isShown = ['state', 'backend_status', 'backend_code', 'version', 'root'].includes(name);
    const member = isShown ? undefined : memberNamed(name, model);
    if (typeof member === 'string') faults.push({ field: 'fields', message: member });
  }
  const keys = new Map(model.links.map((link) => [link.name, linkKey(link)]));
  return names.map((name) => keys.get(name) ?? name);
}

export function whole(
  name: string,
  raw: string | string[],
  least: number,
  most: number,
  faults: Fault[],
): number {
  const value = typeof raw === 'string' && /^\d{1,16}$/.test(raw) ? Number(raw) : NaN;
  if (value >= least && value <= most) return value;
  faults.push({ field: name, message: `${name} must be a whole number from ${least} to ${most}` });
  return least;
}

function refuse(faults: readonly Fault[]): void {
  if (faults.length === 0) return;
  throw new Refusal('E_INVALID', faults.map((fault) => fault.message).join('; '), { faults });
}

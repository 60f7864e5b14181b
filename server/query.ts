import type { FieldDefinition, JsonScalar, ModelDefinition } from '../model/definition.ts';
import { Refusal, type Fault } from '../store/errors.ts';

type Query = Readonly<Record<string, string | string[] | undefined>>;

/** What a list is asked for. */
export interface ListQuery {
  readonly after: number;
  readonly limit: number;
  /** Fields and the values that they must equal. */
  readonly where: Readonly<Record<string, JsonScalar>>;
}

/**
 * Read the query of a list: `after` and `limit`, or `<field>=<value>` for the live objects with that value.
 *
 * @throws {Refusal} E_INVALID with every fault
 */
export function listQuery(query: Query, model: ModelDefinition): ListQuery {
  const faults: Fault[] = [];
  const { after = '0', limit = '100', ...rest } = query;
  const where = Object.entries(rest).flatMap(([name, raw]) => {
    const field = model.fields.find((candidate) => candidate.name === name);
    const value = field === undefined || field.secret || field.repeated ? undefined : typed(field, raw);
    if (value !== undefined) return [[name, value] as const];
    faults.push({ field: name, message: reject(model, name, field) });
    return [];
  });
  const page = {
    after: whole('after', after, 0, Number.MAX_SAFE_INTEGER, faults),
    limit: whole('limit', limit, 1, 1000, faults),
  };
  if (where.length > 0 && (query['after'] ?? query['limit']) !== undefined) {
    faults.push({
      field: where[0]?.[0] ?? '',
      message: 'a filtered list has one page: leave out after and limit',
    });
  }
  refuse(faults);
  return { ...page, where: Object.fromEntries(where) };
}

/** Read the query of a deletion. @throws {Refusal} E_INVALID with every fault */
export function removeQuery(query: Query): { readonly cascade: boolean; readonly orphan: boolean } {
  const { cascade = 'false', orphan = 'false', ...rest } = query;
  const faults: Fault[] = Object.keys(rest).map((name) => ({
    field: name,
    message: `${name} is not known here`,
  }));
  for (const [field, value] of Object.entries({ cascade, orphan })) {
    if (value !== 'true' && value !== 'false')
      faults.push({ field, message: `${field} must be true or false` });
  }
  refuse(faults);
  return { cascade: cascade === 'true', orphan: orphan === 'true' };
}

/** The version that a write was made against, from `If-Match` or the body; absent when neither says one. */
export function versionIn(ifMatch: string | undefined, inBody: unknown): number | undefined {
  if (ifMatch === undefined || ifMatch === '*') return inBody === undefined ? undefined : bodyVersion(inBody);
  const [, digits] = /^(?:W\/)?"?(\d{1,15})"?$/.exec(ifMatch.trim()) ?? [];
  if (digits === undefined) refuse([{ field: 'If-Match', message: 'If-Match must be a version, as in "4"' }]);
  if (inBody !== undefined && inBody !== Number(digits)) {
    refuse([
      { field: 'version', message: `version must be the same as If-Match, which says ${digits ?? ''}` },
    ]);
  }
  return Number(digits);
}

function bodyVersion(value: unknown): number {
  if (!Number.isSafeInteger(value)) refuse([{ field: 'version', message: 'version must be a whole number' }]);
  return value as number;
}

/** `raw` as a value of `field`; undefined when it cannot be one. */
function typed(field: FieldDefinition, raw: string | string[] | undefined): JsonScalar | undefined {
  if (typeof raw !== 'string') return undefined;
  if (field.type === 'string' || field.type === 'enum' || field.type === 'bytes') return raw;
  if (field.type === 'bool') return raw === 'true' ? true : raw === 'false' ? false : undefined;
  return raw.trim() !== '' && Number.isFinite(Number(raw)) ? Number(raw) : undefined;
}

function reject(model: ModelDefinition, name: string, field: FieldDefinition | undefined): string {
  if (field === undefined) return `${model.name} has no field ${JSON.stringify(name)} to filter by`;
  if (field.secret) return `${name} is secret: no list is filtered by it`;
  return field.repeated
    ? `no list is filtered by ${name}: it holds many values`
    : `${name} must be one ${field.type}`;
}

function whole(name: string, raw: string | string[], least: number, most: number, faults: Fault[]): number {
  const value = typeof raw === 'string' && /^\d{1,16}$/.test(raw) ? Number(raw) : NaN;
  if (value >= least && value <= most) return value;
  faults.push({ field: name, message: `${name} must be a whole number from ${least} to ${most}` });
  return least;
}

function refuse(faults: readonly Fault[]): void {
  if (faults.length === 0) return;
  throw new Refusal('E_INVALID', faults.map((fault) => fault.message).join('; '), { faults });
}

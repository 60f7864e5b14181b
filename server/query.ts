import { Refusal, type Fault } from '../store/errors.ts';

type Query = Readonly<Record<string, string | string[] | undefined>>;

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

function refuse(faults: readonly Fault[]): void {
  if (faults.length === 0) return;
  throw new Refusal('E_INVALID', faults.map((fault) => fault.message).join('; '), { faults });
}

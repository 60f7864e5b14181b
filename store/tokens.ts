import { createHash, randomBytes } from 'node:crypto';
import type { Queryable } from './database.ts';
import { Refusal } from './errors.ts';

/**
 * What a token lets its bearer do. `read` everything but the output of playbooks and what they were run with; `write`
 * objects; `operate`: synchronize, pause, read these, too. `admin` is all of it; each lets read as well.
 */
export const SCOPES = ['read', 'write', 'operate', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

export interface Token {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly created: Date;
  readonly expires: Date;
  readonly expired: boolean;
}

/**
 * Make a token.
 *
 * @returns its text: nobody can read it again
 * @throws {Refusal} E_CONFLICT when there is one of this name
 */
export async function createToken(
  queryable: Queryable,
  {
    name,
    scopes,
    lastsMs,
  }: { readonly name: string; readonly scopes: readonly Scope[]; readonly lastsMs: number },
): Promise<{ readonly text: string; readonly expires: Date }> {
  const text = `acc_${randomBytes(32).toString('base64url')}`;
  const [row] = await queryable.query<{ expires: Date }>(
    `with made as (
       insert into tokens (name, digest, scopes, expires) values ($1, $2, $3, now() + $4 * interval '1 millisecond')
       on conflict (name) do nothing returning name, scopes, expires
     ), said as (
       insert into events (kind, writer, detail)
       select 'token created', 'cli', jsonb_build_object('name', name, 'scopes', scopes, 'expires', expires) from made
     )
     select expires from made`,
    [name, digestOf(text), scopes, lastsMs],
  );
  if (row !== undefined) return { text, expires: row.expires };
  throw new Refusal('E_CONFLICT', `there is a token ${name} already: take another name, or revoke it first`);
}

/** End a token, at once and on every server. @throws {Refusal} E_NOT_FOUND */
export async function revokeToken(queryable: Queryable, name: string): Promise<void> {
  const rows = await queryable.query(
    `with gone as (delete from tokens where name = $1 returning name), said as (
       insert into events (kind, writer, detail) select 'token revoked', 'cli', jsonb_build_object('name', name) from gone
     )
     select name from gone`,
    [name],
  );
  if (rows.length === 0) throw new Refusal('E_NOT_FOUND', `there is no token ${name}`);
}

const COLUMNS = 'name, scopes, created, expires, expires <= now() as expired';

/** List the tokens by name. */
export function readTokens(queryable: Queryable): Promise<Token[]> {
  return queryable.query<Token>(`select ${COLUMNS} from tokens order by name`);
}

/** Find the token of this text. What is compared are digests, by an index: the time it takes tells nothing. */
export async function findToken(queryable: Queryable, text: string): Promise<Token | undefined> {
  const [token] = await queryable.query<Token>(`select ${COLUMNS} from tokens where digest = $1`, [
    digestOf(text),
  ]);
  return token;
}

/** Write down a write that was turned away. */
export async function auditRefusal(
  queryable: Queryable,
  refused: { readonly writer: string; readonly method: string; readonly path: string; readonly code: string },
): Promise<void> {
  const { writer, ...detail } = refused;
  await queryable.query("insert into events (kind, writer, detail) values ('refused', $1, $2)", [
    writer,
    JSON.stringify(detail),
  ]);
}

/** A token is long and random, so that one pass of a digest is enough. */
function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

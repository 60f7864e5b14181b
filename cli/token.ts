import { databaseUrlOf, readConfig } from '../config.ts';
import { createStore, type Store } from '../store/store.ts';
import { createToken, readTokens, revokeToken, SCOPES, type Scope, type Token } from '../store/tokens.ts';
import { EXIT, UsageError } from './explain.ts';
import { parseSpan, spanText } from './spans.ts';
import { table } from './table.ts';
import type { Terminal } from './terminal.ts';

/** Make a token. Its text goes to stdout, alone, so that it can be kept by what runs this. */
export async function create(
  name: string,
  { scope, expires }: { readonly scope: string; readonly expires: string },
  terminal: Terminal,
): Promise<number> {
  if (!/^[\w.@-]{1,64}$/.test(name))
    throw new UsageError('the name of a token has letters, digits and . _ @ - only, at most 64');
  const scopes = scope.split(',').map((word) => word.trim());
  const unknown = scopes.filter((word) => !SCOPES.includes(word as Scope));
  if (unknown.length > 0)
    throw new UsageError(`there is no scope ${unknown.join(', ')}; known are ${SCOPES.join(', ')}`);
  const lastsMs = parseSpan(expires);
  if (lastsMs <= 0) throw new UsageError('--expires must be more than nothing, as in 90d');
  return withStore(async ({ database }) => {
    const made = await createToken(database, { name, scopes: scopes as Scope[], lastsMs });
    terminal.out(made.text);
    terminal.note(
      `Token ${name} may ${scopes.join(', ')} until ${made.expires.toISOString()}. It is not shown again.`,
    );
    terminal.note('Use it:  ACCORD_TOKEN=… accord get, or Authorization: Bearer …');
    return EXIT.ok;
  });
}

/** List the tokens, without their texts. */
export function list(terminal: Terminal): Promise<number> {
  return withStore(async ({ database }) => {
    const tokens = await readTokens(database);
    const columns = [
      { title: 'NAME', cell: (token: Token) => token.name },
      { title: 'SCOPES', cell: (token: Token) => token.scopes.join(',') },
      { title: 'AGE', cell: (token: Token) => spanText(Date.now() - token.created.getTime()) },
      {
        title: 'EXPIRES',
        cell: ({ expired, expires }: Token) =>
          expired ? 'expired' : `in ${spanText(expires.getTime() - Date.now())}`,
      },
    ];
    if (tokens.length === 0)
      terminal.note('There is no token. Make one: accord token create NAME --scope read');
    else terminal.out(table(columns, tokens, terminal.width));
    return EXIT.ok;
  });
}

/** End a token at once. */
export function revoke(name: string, terminal: Terminal): Promise<number> {
  return withStore(async ({ database }) => {
    await revokeToken(database, name);
    terminal.out(`token ${name} revoked`);
    return EXIT.ok;
  });
}

/** Tokens are made where the database can be reached, so that the first one needs none. */
async function withStore(work: (store: Store) => Promise<number>): Promise<number> {
  const store = createStore({ databaseUrl: databaseUrlOf(readConfig()), connections: 2 });
  try {
    await store.ensureSchema();
    return await work(store);
  } finally {
    await store.close();
  }
}

import { createClient, type Client } from '../client/http.ts';
import { givenIn, type Environment } from '../config.ts';
import { fitsHeader } from '../config-values.ts';
import { UsageError } from './explain.ts';
import type { Terminal } from './terminal.ts';

/** What commands that talk to a server work with. */
export interface Session {
  readonly client: Client;
  readonly terminal: Terminal;
}

/** Options that every command understands. */
export interface GlobalOptions {
  readonly server?: string;
  readonly token?: string;
  readonly verbose?: boolean;
}

/**
 * Open a session with the server that the options name, else the environment, else the one on this machine.
 *
 * @throws {UsageError | ConfigError} when that is no address, or the token cannot be read or sent
 */
export function openSession(options: GlobalOptions, terminal: Terminal, environment: Environment): Session {
  const server = options.server ?? givenIn(environment, 'ACCORD_SERVER') ?? 'http://127.0.0.1:8000';
  // Of what a shell has read from a file, the last line end is not meant.
  const token = (options.token ?? givenIn(environment, 'ACCORD_TOKEN'))?.trim();
  if (!fitsHeader(token ?? ''))
    throw new UsageError(
      'the token holds what no header can: give --token or ACCORD_TOKEN as `accord token create` printed it',
    );
  return { client: createClient({ server: withScheme(server), token }), terminal };
}

/** `localhost:8000` is what people type. */
function withScheme(server: string): string {
  const address = /^https?:\/\//.test(server) ? server : `http://${server}`;
  if (URL.canParse(address)) return address;
  throw new UsageError(
    `${JSON.stringify(server)} is no address of a server: give --server or ACCORD_SERVER as in http://127.0.0.1:8000`,
  );
}

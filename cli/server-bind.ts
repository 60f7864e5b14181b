import { givenIn, readConfig, type Environment } from '../config.ts';
import { freePort } from '../platform/ports.ts';

/**
 * Choose where a server that is started here listens: as ACCORD_BIND says, on a port that is free where it names none.
 *
 * @returns `host:port`, as in its address
 * @throws {ConfigError} when that, or another variable, cannot be meant
 */
export async function chooseBind(environment: Environment): Promise<string> {
  const { bind } = readConfig(environment);
  const isGiven = givenIn(environment, 'ACCORD_BIND') !== undefined;
  const host = bind.host.includes(':') ? `[${bind.host}]` : bind.host;
  // Port 0 is free, too, but only the server itself would know which one it has got.
  return `${host}:${isGiven && bind.port !== 0 ? bind.port : await freePort()}`;
}

import { createHash, timingSafeEqual } from 'node:crypto';
import { hostname, networkInterfaces } from 'node:os';
import type { FastifyRequest } from 'fastify';
import { isLoopback, type Config } from '../config.ts';

/** A request that is turned away before it is looked at. */
export class Denied extends Error {
  readonly statusCode: 401 | 403;
  readonly code: 'E_TOKEN' | 'E_HOST' | 'E_ORIGIN';

  constructor(statusCode: 401 | 403, code: Denied['code'], message: string) {
    super(message);
    this.statusCode = statusCode;
    this.code = code;
  }
}

/** Probed by what keeps the process alive, which has no token. */
const OPEN_PATHS = ['/healthz', '/readyz'];

/**
 * Create the guard of the door: it throws {@link Denied}, or lets the request pass.
 *
 * A page of another site can make a browser call a server on loopback, by a name of its own that it points there
 * (DNS rebinding), or across origins. The first shows in `Host`, the second in `Origin`.
 *
 * @throws when others can reach the address and no token is set
 */
export function createGuard(config: Config): (request: FastifyRequest) => void {
  const { host } = config.bind;
  if (!isLoopback(host) && config.token === undefined) {
    throw new Error(`the server would listen on ${host}, which others can reach: set ACCORD_TOKEN`);
  }
  const names = new Set([...ownNames(host), ...config.allowedHosts].map((name) => name.toLowerCase()));
  const expected = config.token === undefined ? undefined : digest(`Bearer ${config.token}`);

  return (request) => {
    const { host: given = '', origin, authorization = '' } = request.headers;
    const url = URL.parse(`http://${given}`);
    if (given === '' || url === null || !names.has(bare(url.hostname))) {
      const remedy = 'name it in ACCORD_ALLOWED_HOSTS, if it is meant';
      throw new Denied(403, 'E_HOST', `the server is not called ${JSON.stringify(given)}: ${remedy}`);
    }
    if (origin !== undefined && URL.parse(origin)?.host !== url.host) {
      throw new Denied(403, 'E_ORIGIN', `a page of ${JSON.stringify(origin)} may not use this server`);
    }
    if (expected === undefined || OPEN_PATHS.includes(request.url)) return;
    // Digests have one length, so that the comparison takes the same time whatever was sent.
    if (!timingSafeEqual(digest(authorization), expected)) {
      throw new Denied(401, 'E_TOKEN', 'a token is required: Authorization: Bearer …, as in ACCORD_TOKEN');
    }
  };
}

/** What this machine is called; on loopback no name that a resolver could bring in. */
function ownNames(host: string): string[] {
  const loopback = ['localhost', '127.0.0.1', '::1', host];
  if (isLoopback(host)) return loopback;
  const addresses = Object.values(networkInterfaces()).flatMap((list = []) => list.map((one) => one.address));
  return [...loopback, hostname(), ...addresses];
}

/** An IPv6 address has brackets in a URL. */
function bare(name: string): string {
  return name.replace(/^\[(.*)\]$/, '$1');
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

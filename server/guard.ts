import { createHash, timingSafeEqual } from 'node:crypto';
import { hostname, networkInterfaces } from 'node:os';
import type { FastifyRequest } from 'fastify';
import { isLoopback, type Config } from '../config.ts';
import type { Store } from '../store/store.ts';
import { auditRefusal, findToken, type Scope, type Token } from '../store/tokens.ts';
import { createLimit, REFUSALS, REQUESTS } from './rate.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a token must allow, to come in here. @default `read` for GET, `write` for all else */
    scope?: Scope;
  }
}

/** A request that is turned away before it is looked at. */
export class Denied extends Error {
  readonly statusCode: 401 | 403 | 429;
  readonly code: 'E_TOKEN' | 'E_SCOPE' | 'E_HOST' | 'E_ORIGIN' | 'E_RATE';
  /** @format seconds */
  readonly retryAfter: number | undefined;

  constructor(statusCode: Denied['statusCode'], code: Denied['code'], message: string, retryAfter?: number) {
    super(message);
    this.statusCode = statusCode;
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

/** Probed by what keeps the process alive, which has no token. */
const OPEN_PATHS = ['/healthz', '/readyz'];

/** Does whoever asks need a token? Not on loopback, unless one is configured. */
export function wantsToken({ bind, token }: Config): boolean {
  return token !== undefined || !isLoopback(bind.host);
}

/**
 * Create the guard of the door: it throws {@link Denied}, or lets the request pass.
 *
 * A page of another site can make a browser call a server on loopback, by a name of its own that it points there
 * (DNS rebinding), or across origins. The first shows in `Host`, the second in `Origin`.
 */
export function createGuard(config: Config, store: Store): (request: FastifyRequest) => Promise<void> {
  const names = new Set(
    [...ownNames(config.bind.host), ...config.allowedHosts].map((name) => name.toLowerCase()),
  );
  const overRequests = createLimit(REQUESTS);
  const overRefusals = createLimit(REFUSALS);

  return async (request) => {
    const { ip } = request;
    // From this machine come its own tools, which ask as much as they must.
    const waits = isLoopback(ip) ? 0 : overRequests(ip);
    if (waits > 0) throw tooFast(waits);
    refuseForeign(request, names);
    if (!wantsToken(config) || OPEN_PATHS.includes(request.url)) return;
    try {
      await admit(request, config, store);
    } catch (error) {
      if (!(error instanceof Denied)) throw error;
      const refusedFor = overRefusals(ip);
      if (refusedFor > 0) throw tooFast(refusedFor);
      if (!isRead(request)) await audit(request, store, error);
      throw error;
    }
  };
}

const tooFast = (seconds: number): Denied =>
  new Denied(429, 'E_RATE', `too many requests from this address: wait ${seconds} s`, seconds);

function refuseForeign({ headers }: FastifyRequest, names: ReadonlySet<string>): void {
  const { host: given = '', origin } = headers;
  const url = URL.parse(`http://${given}`);
  if (given === '' || url === null || !names.has(bare(url.hostname))) {
    const remedy = 'name it in ACCORD_ALLOWED_HOSTS, if it is meant';
    throw new Denied(403, 'E_HOST', `the server is not called ${JSON.stringify(given)}: ${remedy}`);
  }
  if (origin !== undefined && URL.parse(origin)?.host !== url.host) {
    throw new Denied(403, 'E_ORIGIN', `a page of ${JSON.stringify(origin)} may not use this server`);
  }
}

async function admit(request: FastifyRequest, config: Config, store: Store): Promise<void> {
  const [, text = ''] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
  // Digests have one length, so that the comparison takes the same time whatever was sent.
  if (config.token !== undefined && timingSafeEqual(digest(text), digest(config.token))) return;
  const token = text === '' ? undefined : await findToken(store.database, text);
  if (token === undefined) {
    const said =
      text === ''
        ? 'a token is required: Authorization: Bearer …, as in ACCORD_TOKEN of the server'
        : 'the token that was given is none of this server: it was revoked, or made for another; it wants its ACCORD_TOKEN';
    throw new Denied(401, 'E_TOKEN', `${said}, or one that \`accord token create\` makes`);
  }
  request.caller = token.name;
  if (token.expired) {
    const since = token.expires.toISOString();
    throw new Denied(
      401,
      'E_TOKEN',
      `the token ${token.name} has expired at ${since}: make another with \`accord token create\``,
    );
  }
  const needed = request.routeOptions.config.scope ?? (isRead(request) ? 'read' : 'write');
  if (allows(token, needed)) return;
  const may = token.scopes.join(', ');
  throw new Denied(
    403,
    'E_SCOPE',
    `the token ${token.name} may ${may}, and this needs ${needed}: make one with \`accord token create NAME --scope ${needed}\``,
  );
}

/** Whatever a token allows, it allows to read, too. */
function allows({ scopes }: Token, needed: Scope): boolean {
  return needed === 'read' || scopes.includes(needed) || scopes.includes('admin');
}

async function audit(
  { caller, ip, method, url }: FastifyRequest,
  { database }: Store,
  denied: Denied,
): Promise<void> {
  const writer = caller === undefined ? `somebody at ${ip}` : `token ${caller}`;
  const path = (url.split('?')[0] ?? '').slice(0, 200);
  await auditRefusal(database, { writer, method, path, code: denied.code });
}

function isRead({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
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

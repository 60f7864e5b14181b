import { readFile, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Config } from '../config.ts';

const compress = promisify(gzip);

const BUILT = fileURLToPath(new URL('../ui/dist/', import.meta.url));
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};
const ABSENT = `The page is not built. In the clone: npm run build:ui, then load this again.
Everything it shows is there without it: accord get, accord why, and REST below /xosapi/v1/.
`;

/**
 * Serve the operator's page at `/ui/`, to which `/` leads.
 *
 * To be called before the guard is in place: the files are the same for all and hold nothing of the installation, and a
 * browser that loads them has no token yet. What the page then asks passes the guard.
 */
export function serveUi(app: FastifyInstance): void {
  const files = new Map<string, Built>();
  app.addHook('onRequest', async (request, reply) => {
    const [path = ''] = request.url.split('?');
    if (request.method !== 'GET') return;
    if (path === '/' || path === '/ui') {
      // Without the page, `/` is answered as ever: with what there is instead.
      if (path === '/ui' || (await find('index.html', files)) !== undefined)
        return reply.redirect('/ui/', 302);
      return;
    }
    const [, name] = /^\/ui\/((?:assets\/)?[\w-][\w.-]*)?$/.exec(path) ?? [];
    if (path === '/ui/' || name !== undefined) return send(request, reply, name ?? 'index.html', files);
  });
}

/** Serve what the page asks first: where the Temporal Web UI is. A path as all others, behind the guard. */
export function serveUiConfig(app: FastifyInstance, config: Config): void {
  app.get('/xosapi/v1/accord/page', () => ({
    temporal_ui: config.temporalUi ?? null,
    temporal_namespace: config.temporalNamespace,
  }));
}

interface Built {
  /** Made when it was built, and of nothing else. */
  readonly tag: string;
  readonly plain: Buffer;
  readonly small: Buffer;
}

async function send(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  name: string,
  files: Map<string, Built>,
): Promise<FastifyReply> {
  void reply.headers(HEADERS).header('vary', 'accept-encoding');
  const file = await find(name, files);
  if (file === undefined)
    return reply
      .status(404)
      .header('cache-control', 'no-store')
      .type('text/plain; charset=utf-8')
      .send(ABSENT);
  // The names of assets say what is in them; all else is asked for each time.
  const isLasting = name.startsWith('assets/');
  void reply
    .header('cache-control', isLasting ? 'public, max-age=31536000, immutable' : 'no-cache')
    .header('etag', file.tag)
    .type(TYPES[extname(name)] ?? 'application/octet-stream');
  if (headers['if-none-match'] === file.tag) return reply.status(304).send();
  if (headers['accept-encoding']?.includes('gzip') !== true) return reply.send(file.plain);
  return reply.header('content-encoding', 'gzip').send(file.small);
}

/** The file as it is now: it may be built anew while the server runs. */
async function find(name: string, files: Map<string, Built>): Promise<Built | undefined> {
  try {
    const { mtimeMs, size } = await stat(BUILT + name);
    const tag = `"${Math.round(mtimeMs).toString(36)}-${size.toString(36)}"`;
    const known = files.get(name);
    if (known?.tag === tag) return known;
    const plain = await readFile(BUILT + name);
    const built = { tag, plain, small: await compress(plain) };
    files.set(name, built);
    return built;
  } catch {
    return undefined;
  }
}

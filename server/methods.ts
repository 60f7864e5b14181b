import type { FastifyInstance } from 'fastify';

/** There are others, which mean nothing to us. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** A path that is there, asked by a method that it does not take. */
class NotAllowed extends Error {
  readonly statusCode = 405;
  readonly code = 'E_METHOD';
}

/**
 * Remember which methods each path takes. To be called before the paths are served, and after whatever guards them.
 *
 * @returns a function that throws, when the path takes others than that of the request
 */
export function rememberMethods(
  app: FastifyInstance,
): (asked: { readonly method: string; readonly path: string }, allow: (methods: string) => void) => void {
  const routes: { readonly pattern: RegExp; readonly open: number; readonly methods: readonly string[] }[] =
    [];
  app.addHook('onRoute', ({ url, method }) => {
    const parts = url
      .split('/')
      .map((part) => (part.startsWith(':') ? '[^/]+' : part.replaceAll('.', '\\.')));
    routes.push({
      pattern: new RegExp(`^${parts.join('/')}$`),
      open: url.split(':').length,
      methods: [method].flat(),
    });
  });
  const refuseOther: ReturnType<typeof rememberMethods> = ({ method, path }, allow) => {
    const matching = routes.filter(({ pattern }) => pattern.test(path));
    // A path of its own is not also one of objects, as it would be read by `/xosapi/v1/<app>/<plural>`.
    const nearest = Math.min(...matching.map(({ open }) => open));
    const taken = new Set(matching.flatMap(({ open, methods }) => (open === nearest ? methods : [])));
    if (taken.size === 0 || taken.has(method)) return;
    const said = [...taken].toSorted().join(', ');
    allow(said);
    throw new NotAllowed(`${path} takes ${said}, and not ${method}`);
  };
  // Before their bodies are looked at.
  app.addHook('onRequest', async ({ method, url }, reply) => {
    const path = url.split('?')[0] ?? '';
    // What is not served there would be read as a model of the app `accord`.
    if (METHODS.includes(method) && !path.startsWith('/xosapi/v1/accord/')) return;
    refuseOther({ method, path }, (methods) => void reply.header('allow', methods));
  });
  return refuseOther;
}

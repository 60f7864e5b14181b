import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A back end over HTTP: halls get their ids from it, lamps bring theirs. */
export interface Town {
  readonly url: string;
  /** What it holds, by path. */
  readonly resources: Map<string, Readonly<Record<string, unknown>>>;
  /** `PUT /lamps/3 200`, in their order. */
  readonly answered: string[];
  /** Be too busy for the next of these requests, for a second. */
  busyFor(method: string): void;
  close(): Promise<void>;
}

/** Open a town on a free port. */
export async function openTown(): Promise<Town> {
  const resources: Town['resources'] = new Map();
  const answered: string[] = [];
  const busy = new Set<string>();
  let made = 0;
  const answer = (method: string, path: string, query: URLSearchParams, body: string): [number, unknown?] => {
    if (busy.delete(method)) return [503];
    if (method === 'POST') {
      const hall = { ...(JSON.parse(body) as object), id: `h-${++made}` };
      resources.set(`${path}/${hall.id}`, hall);
      return [201, hall];
    }
    if (method === 'GET')
      return [200, [...resources.values()].filter(({ name }) => name === query.get('name'))];
    if (method === 'DELETE') return [resources.delete(path) ? 204 : 404];
    // What it has given an id must be there; lamps are made where they are put.
    if (path.startsWith('/halls') && !resources.has(path)) return [404];
    resources.set(path, { ...resources.get(path), ...(JSON.parse(body) as object) });
    return [200, resources.get(path)];
  };
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { method = '', url = '' } = request;
      const { pathname, searchParams } = new URL(url, 'http://town');
      const [status, content] = answer(method, pathname, searchParams, body);
      answered.push(`${method} ${pathname} ${status}`);
      response.writeHead(status, status === 503 ? { 'retry-after': '1' } : {});
      response.end(content === undefined ? undefined : JSON.stringify(content));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    resources,
    answered,
    busyFor: (method) => void busy.add(method),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

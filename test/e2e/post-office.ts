import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** What a worker asked for. */
export interface Call {
  readonly method: string;
  readonly id: number;
  readonly name: string;
  /** Of the worker. */
  readonly pid: number;
  /** Of the attempt. */
  readonly fence: number;
}

/** The back end of the parcels: it remembers what it was asked for, and lets callers hang on request. */
export interface PostOffice {
  readonly url: string;
  /** In the order in which they came. */
  readonly calls: readonly Call[];
  /** Let all but PUT hang for parcels of this name, until the returned function is called. */
  hold(name: string): () => void;
  /** Refuse all but PUT for parcels of this name, until the returned function is called. */
  refuse(name: string): () => void;
  close(): Promise<void>;
}

export async function openPostOffice(): Promise<PostOffice> {
  const calls: Call[] = [];
  const held = new Map<string, Promise<void>>();
  const refused = new Set<string>();
  const server = createServer((request, response) => {
    void json(request)
      .then(async (body) => {
        const { name, pid, fence } = body as Omit<Call, 'method' | 'id'>;
        const { method = '', url = '' } = request;
        calls.push({ method, id: Number(url.split('/').at(-1)), name, pid, fence });
        if (method !== 'PUT') await held.get(name);
        if (method !== 'PUT' && refused.has(name)) response.statusCode = 503;
        response.end(`handle of ${url}`);
      })
      // Whoever asked was killed amid the question.
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    hold(name) {
      const { promise, resolve } = Promise.withResolvers<void>();
      held.set(name, promise);
      return () => {
        held.delete(name);
        resolve();
      };
    },
    refuse(name) {
      refused.add(name);
      return () => void refused.delete(name);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

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
}

/** The back end of the parcels: it remembers what it was asked for, and lets callers hang on request. */
export interface PostOffice {
  readonly url: string;
  /** In the order in which they came. */
  readonly calls: readonly Call[];
  /** Let every POST for parcels of this name hang, until the returned function is called. */
  hold(name: string): () => void;
  close(): Promise<void>;
}

export async function openPostOffice(): Promise<PostOffice> {
  const calls: Call[] = [];
  const held = new Map<string, Promise<void>>();
  const server = createServer((request, response) => {
    void json(request).then(async (body) => {
      const { name, pid } = body as { name: string; pid: number };
      const { method = '', url = '' } = request;
      calls.push({ method, id: Number(url.split('/').at(-1)), name, pid });
      if (method === 'POST') await held.get(name);
      response.end(`handle of ${url}`);
    });
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
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

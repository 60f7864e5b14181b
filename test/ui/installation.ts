import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { DEFAULTS } from '../../config.ts';
import { createLog } from '../../log.ts';
import { createServer } from '../../server/server.ts';
import { createBackend, type Backend } from '../support/backend.ts';
import { startEngine, type Engine } from '../support/engine.ts';
import { field, link, model } from '../support/models.ts';
import { testTemporal } from '../support/temporal.ts';

/** What workflows lead to; the server of a test has another port each time. */
export const PUBLIC_URL = 'http://accord.example';

const fields = [
  field('name', { maxLength: 200 }),
  field('passphrase', { nullable: true, secret: true }),
  field('backend_handle', { state: 'feedback', nullable: true }),
];

/** Posters are printed with pigments, and hang in frames, for which nothing is done. */
const MODELS = [
  model('Pigment', { fields }),
  model('Poster', { fields, links: [link('pigment', 'Pigment')] }),
  model('Frame', { fields, links: [link('poster', 'Poster')] }),
];

/** The real engine, and a server on a port of its own. */
export interface Installation {
  readonly engine: Engine;
  readonly backend: Backend;
  /** Of the page, without what stands behind `#`. */
  readonly page: string;
  /** End the server, and begin it again where it was. */
  stopServer(): Promise<void>;
  startServer(): Promise<void>;
  stop(): Promise<void>;
}

export async function startInstallation(): Promise<Installation> {
  const backend = createBackend();
  const { address, namespace } = testTemporal();
  const engine = await startEngine(
    MODELS,
    { Pigment: backend.step('Pigment'), Poster: backend.step('Poster') },
    { temporal: { address, namespace, publicUrl: PUBLIC_URL } },
  );
  let server: FastifyInstance | undefined;
  let port = 0;
  const startServer = async (): Promise<void> => {
    const config = { ...DEFAULTS, temporalUi: 'http://127.0.0.1:8233' };
    server = createServer({ store: engine.store, config, log: createLog({ level: 'silent' }) });
    await server.listen({ host: '127.0.0.1', port });
    port = (server.server.address() as AddressInfo).port;
  };
  const stopServer = async (): Promise<void> => {
    await server?.close();
    server = undefined;
  };
  await startServer();
  return {
    engine,
    backend,
    page: `http://127.0.0.1:${port}/ui/`,
    startServer,
    stopServer,
    async stop() {
      await stopServer();
      await engine.stop();
    },
  };
}

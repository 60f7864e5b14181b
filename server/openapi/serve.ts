import type { FastifyInstance } from 'fastify';
import type { Registry } from '../../store/registry.ts';
import type { Store } from '../../store/store.ts';
import { openApi } from './document.ts';
import type { Schema } from './model-schemas.ts';

/** Serve `GET /openapi.json`: the whole API, made anew when models have been registered. */
export function serveOpenApi(app: FastifyInstance, store: Store): void {
  const made = new WeakMap<Registry, Schema>();
  app.get('/openapi.json', async () => {
    const registry = await store.models();
    const document = made.get(registry) ?? openApi(registry);
    made.set(registry, document);
    return document;
  });
}

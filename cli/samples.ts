import { readFile } from 'node:fs/promises';
import { load } from 'js-yaml';
import type { Ref } from '../model/definition.ts';
import { createStore } from '../store/store.ts';

/** An object of a samples file: its model, its fields, and links as `Model/name` of objects further up. */
interface Sample extends Readonly<Record<string, unknown>> {
  readonly model: string;
}

/** Create the objects of a samples file, all in one transaction. Does nothing where there are objects already. */
export async function createSamples(databaseUrl: string, file: string): Promise<Ref[]> {
  const samples = load(await readFile(file, 'utf8')) as readonly Sample[];
  const store = createStore({ databaseUrl, connections: 2 });
  try {
    for (const model of new Set(samples.map((sample) => sample.model))) {
      if ((await store.list(model, { limit: 1 })).length > 0) return [];
    }
    return await store.write({ name: 'demo' }, async (tx) => {
      const made = new Map<string, Ref>();
      for (const { model, ...fields } of samples) {
        const linked = Object.entries(fields).map(([field, value]) => [
          field,
          made.get(String(value)) ?? value,
        ]);
        made.set(
          `${model}/${String(fields['name'])}`,
          await tx.create(model, Object.fromEntries(linked) as Record<string, unknown>),
        );
      }
      return [...made.values()];
    });
  } finally {
    await store.close();
  }
}

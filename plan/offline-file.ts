import { readModelDeps, type ModelDeps } from './model-deps.ts';
import { nameOf } from './graph.ts';
import type { Ref } from '../model/definition.ts';

/** An object that is in no database. */
export interface OfflineObject extends Ref {
  readonly deleted: boolean;
  /** By accessor: the places of the objects that it leads to, none when it is null. */
  readonly links: ReadonlyMap<string, readonly number[]>;
}

/** What `accord plan --offline` reads. */
export interface OfflinePlan {
  readonly modelDeps: ModelDeps;
  readonly objects: readonly OfflineObject[];
  readonly isDeletion: boolean;
}

/**
 * Read `{"model_deps", "objects": [{"model", "id", "deleted", "links": {accessor: index | [index] | null}}], "deletion"}`.
 *
 * @returns all faults at once, each a sentence; with any, the plan holds what could be read
 */
export function readOfflinePlan(value: unknown): { plan: OfflinePlan; faults: string[] } {
  const faults: string[] = [];
  const file = isRecord(value) ? value : {};
  if (!isRecord(value)) faults.push('the file holds no JSON object');
  for (const key of Object.keys(file)) {
    if (!KEYS.includes(key)) faults.push(`${JSON.stringify(key)} is not known; known are ${KEYS.join(', ')}`);
  }

  const { deps, faults: ofDeps } = readModelDeps(file['model_deps'] ?? {});
  faults.push(...ofDeps.map((fault) => `model_deps: ${fault}`));
  const deletion = file['deletion'] ?? false;
  if (typeof deletion !== 'boolean') faults.push('deletion is neither true nor false');

  const given = file['objects'] ?? [];
  if (!Array.isArray(given)) faults.push('objects is no list');
  const list: readonly unknown[] = Array.isArray(given) ? given : [];
  const objects = list.map((object, place) => readObject(object, place, list.length, faults));
  for (const [name, alike] of Map.groupBy(objects, nameOf)) {
    if (alike.length > 1 && !name.startsWith('/'))
      faults.push(`objects: ${name} is there ${alike.length} times`);
  }
  return { plan: { modelDeps: deps, objects, isDeletion: deletion === true }, faults };
}

const KEYS = ['model_deps', 'objects', 'deletion'];

function readObject(value: unknown, place: number, count: number, faults: string[]): OfflineObject {
  const say = (fault: string): void => void faults.push(`objects[${place}]: ${fault}`);
  if (!isRecord(value)) {
    say('is no JSON object');
    return { model: '', id: place, deleted: false, links: new Map() };
  }
  const { model, id, deleted = false, links = {} } = value;
  if (typeof model !== 'string' || model === '') say('model is no name');
  if (typeof id !== 'number' || !Number.isSafeInteger(id)) say('id is no whole number');
  if (typeof deleted !== 'boolean') say('deleted is neither true nor false');
  if (!isRecord(links)) say('links is no JSON object');
  return {
    model: typeof model === 'string' ? model : '',
    id: typeof id === 'number' ? id : place,
    deleted: deleted === true,
    links: new Map(
      Object.entries(isRecord(links) ? links : {}).map(([accessor, target]) => {
        const targets = target === null ? [] : Array.isArray(target) ? (target as unknown[]) : [target];
        for (const index of targets) {
          if (!isIndex(index, count))
            say(`${accessor} leads to ${JSON.stringify(index)}, which is no place in objects`);
        }
        return [accessor, targets.filter((index) => isIndex(index, count))];
      }),
    ),
  };
}

const isIndex = (value: unknown, count: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < count;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

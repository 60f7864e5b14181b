import { readFile } from 'node:fs/promises';
import { loadAll } from 'js-yaml';
import type { ApiWish } from '../client/operate.ts';
import type { ApiModel } from '../client/wire.ts';
import { isLargerThan } from '../model/expansion.ts';
import { isBookkeeping, isWritableBookkeeping } from '../model/bookkeeping.ts';
import { visible } from '../model/strings.ts';
import { nearest } from '../model/suggest.ts';
import { UsageError } from './explain.ts';
import { unfitForJson } from './unfit-json.ts';

/**
 * Read the objects of files: YAML or JSON, any number of documents, each an object with `model`, or a list of such.
 *
 * What `accord get -o yaml` has printed is understood as well: what nobody may write is left out.
 *
 * @throws {UsageError} naming everything that is wrong, at once
 */
export async function readWishes(files: readonly string[], models: readonly ApiModel[]): Promise<ApiWish[]> {
  const faults: string[] = [];
  const wishes: ApiWish[] = [];
  for (const file of files) {
    const place = file === '-' ? 'stdin' : visible(file);
    const objects = documentsIn(await textOf(file), place, faults).flatMap(objectsIn);
    objects.forEach((object, at) => {
      const wish = wishOf(object, models);
      if (typeof wish === 'string') faults.push(`${place}: object ${at + 1} ${wish}`);
      else wishes.push(wish);
    });
  }
  if (faults.length > 0) throw new UsageError(faults.join('\n'));
  if (wishes.length === 0) throw new UsageError(`there is no object in ${files.join(', ')}`);
  return wishes;
}

/** More than a server takes at once. */
const MOST_VALUES = 1_000_000;

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file === '-' ? '/dev/stdin' : file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      throw new UsageError(
        `there is no file ${visible(file)}: give a path as seen from ${process.cwd()}, or - for stdin`,
      );
    // Which file it is has been said.
    const reason = (error instanceof Error ? error.message : String(error)).replace(/, open '.*$/s, '');
    throw new UsageError(visible(`${file} cannot be read: ${reason}`));
  }
}

function documentsIn(text: string, place: string, faults: string[]): unknown[] {
  try {
    const documents = loadAll(text);
    if (!isLargerThan(documents, MOST_VALUES)) return documents;
    faults.push(`${place}: holds more than ${MOST_VALUES} values, its aliases (*name) written out`);
    return [];
  } catch (error) {
    faults.push(`${place}: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  }
}

function objectsIn(document: unknown): unknown[] {
  if (document === null || document === undefined) return [];
  if (Array.isArray(document)) return document;
  const { items } = document as { readonly items?: unknown };
  return Array.isArray(items) && !Object.hasOwn(document, 'model') ? items : [document];
}

/** What an object asks for; a phrase when it cannot be told. */
function wishOf(object: unknown, models: readonly ApiModel[]): ApiWish | string {
  if (typeof object !== 'object' || object === null)
    return 'is no mapping of fields, as in {model: Color, name: red}';
  const unfit = unfitForJson(object);
  if (unfit !== undefined) return unfit;
  const fields = object as Readonly<Record<string, unknown>>;
  if (typeof fields['model'] === 'string')
    return unknownModel(fields['model'], models) ?? (fields as ApiWish);
  const leaf = fields['leaf_model_name'];
  if (typeof leaf !== 'string') return 'has no `model`, as in `model: Color`';
  const unknown = unknownModel(leaf, models);
  if (unknown !== undefined) return unknown;
  const model = models.find(({ name }) => name === leaf);
  const isFeedback = (name: string): boolean =>
    model?.fields.some((field) => field.name === name && field.state === 'feedback') === true;
  const isOwn = (name: string): boolean => model?.fields.some((field) => field.name === name) === true;
  const kept = Object.entries(fields).filter(
    ([name]) =>
      name === 'id' ||
      (isOwn(name) && !isFeedback(name)) ||
      (isBookkeeping(name) && isWritableBookkeeping(name)),
  );
  return { model: leaf, ...Object.fromEntries(kept) };
}

/** Told with the other faults of the file, and with all of them at once. */
function unknownModel(name: string, models: readonly ApiModel[]): string | undefined {
  const names = models.map((model) => model.name);
  if (names.includes(name)) return undefined;
  if (names.length === 0)
    return `is a ${name}, and no model is registered yet: start a worker, accord worker DIR`;
  const guess = nearest(name, names);
  return `has the unknown model ${JSON.stringify(name)}; ${guess === undefined ? `registered are ${names.join(', ')}` : `did you mean ${guess}?`}`;
}

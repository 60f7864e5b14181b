/** What a new synchronizer and its models are called. */
export interface NewNames {
  /** Its folder, its task queue, and the app of its models. */
  readonly name: string;
  /** The model that has a step: `WebPage`. */
  readonly item: string;
  /** The model that it is linked to, and that is watched. */
  readonly group: string;
}

/**
 * Work out the names that a synchronizer called `name` begins with.
 *
 * @returns undefined when it cannot be one: letters, digits, - and _, beginning with a letter
 */
export function namesFor(name: string): NewNames | undefined {
  if (!/^[a-z][a-z0-9_-]{0,40}$/i.test(name)) return undefined;
  const words = name.split(/[-_]+/).filter((word) => word !== '');
  const stem = words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('');
  // Names of models are unique in an installation: both begin with the synchronizer's.
  return { name, item: `${stem}Item`, group: `${stem}Group` };
}

import { watcherStem } from '../stub-names.ts';
import { literal } from '../typescript.ts';
import type { NewNames } from './names.ts';

/** Make of a step one that also answers changes of what its objects are linked to. */
export function hybridStep(step: string, { item }: NewNames): string {
  const watching = `
  // A hybrid: it also answers changes of what its objects are linked to.
  watched,
  handleWatchedObject,
`;
  const head = `  synchronizes: ${item},\n`;
  const models = /^import .* from '\.\.\/models\.gen\.ts';\n/m;
  return step
    .replace(
      models,
      (line) =>
        `${line}import { handleWatchedObject, watched } from ${literal(`../watchers/${watcherStem(item)}.ts`)};\n`,
    )
    .replace(head, `${head}${watching}`);
}

/** Write what a hybrid step watches, and what it does about it. */
export function hybridWatcher({ item, group }: NewNames, door: string): string {
  return `import { modelLink, type Ref, type WatchedEvent } from ${literal(door)};
import { ${group} } from '../models.gen.ts';

/** What the step of ${item} watches: the motto of its groups. */
export const watched = [modelLink(${group}, { via: 'group', into: 'motto' })];

/** Answers a change of it. Delivered at least once: the same event has the same id. */
export function handleWatchedObject(object: Ref, { event, changedFields, affected, log }: WatchedEvent): void {
  log.info({ event, changedFields, affected: affected.length }, \`\${object.model} has changed\`);
}
`;
}

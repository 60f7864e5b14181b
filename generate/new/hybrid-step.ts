import type { NewNames } from './names.ts';

/** Make of a step one that also answers changes of what its objects are linked to. */
export function hybridStep(step: string, { item, group }: NewNames): string {
  const watching = `
  // A hybrid: also told when the motto of a group changes. Delivered at least once.
  watched: [modelLink(${group}, { via: 'group', into: 'motto' })],
  handleWatchedObject(object, { event, affected, log }) {
    log.info({ event, affected: affected.length }, \`\${object.model} has changed\`);
  },
`;
  const head = `  synchronizes: ${item},\n`;
  return step
    .replace(/^import \{ (\w+) \} from/, 'import { $1, modelLink } from')
    .replace(/^import \{ ansibleStep, modelLink \}/, 'import { ansibleStep, modelLink }')
    .replace(/^import \{ step, modelLink \}/, 'import { modelLink, step }')
    .replace(`import { ${item} } from`, `import { ${[group, item].toSorted().join(', ')} } from`)
    .replace(head, `${head}${watching}`);
}

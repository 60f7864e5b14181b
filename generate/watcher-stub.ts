import type { ModelDefinition } from '../model/definition.ts';
import { a, type StubPlace } from './step-stub.ts';
import { literal, safeName } from './typescript.ts';

/** Write a watcher of what the `xos_links` of a model name; it so far only tells what it sees. */
export function watcherStub(model: ModelDefinition, { door, models }: StubPlace): string {
  const name = safeName(model.name);
  const watched = [...new Set(model.xosLinks.map((link) => safeName(link.model)))];
  const imported = [...new Set([name, ...watched])].toSorted();
  const links = model.xosLinks.map(({ model: peer, via, into }) => {
    const field = into === undefined ? '' : `, into: ${literal(into)}`;
    return `    modelLink(${safeName(peer)}, { via: ${literal(via)}${field} }),`;
  });
  return `import { modelLink, watcher } from ${literal(door)};
import { ${imported.join(', ')} } from ${literal(models)};

/** Answers changes of objects that ${a(model.verboseName)} is linked to, in the order of their commits. */
export const watch${model.name} = watcher({
  synchronizes: ${name},
  watched: [
${links.join('\n')}
  ],

  // Delivered at least once: the same event has the same id.
  handleWatchedObject(object, { event, changedFields, affected, log }) {
    log.info({ event, changedFields, affected: affected.length }, \`\${object.model} has changed\`);
  },
});
`;
}

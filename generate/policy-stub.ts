import type { ModelDefinition } from '../model/definition.ts';
import { a, type StubPlace } from './step-stub.ts';
import { literal, safeName } from './typescript.ts';

/** Write a model policy that so far only tells what it sees. */
export function policyStub(model: ModelDefinition, { door, models }: StubPlace): string {
  const name = safeName(model.name);
  return `import { policy } from ${literal(door)};
import { ${name} } from ${literal(models)};

/**
 * Answers changes of ${a(model.verboseName)} by editing other objects: \`create\`, \`update\` and \`remove\` of its context.
 * It runs before the step of the same object, and never talks to the back end.
 */
export const modelPolicy${model.name} = policy({
  model: ${name},

  handleCreate(object, { log }) {
    log.debug({ id: object.id }, 'created');
  },

  handleUpdate(object, { log }) {
    log.debug({ id: object.id }, 'updated');
  },

  handleDelete(object, { log }) {
    log.debug({ id: object.id }, 'deleted');
  },
});
`;
}

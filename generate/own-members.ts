import type { FieldDefinition, LinkDefinition, ModelDefinition } from '../model/definition.ts';

/** What a model adds to its bases: what a stub that is written for it deals with. */
export interface OwnMembers {
  readonly fields: readonly FieldDefinition[];
  readonly links: readonly LinkDefinition[];
}

/** Find the declarative fields and links that a model does not have from a base; secrets are not among them. */
export function ownMembers(model: ModelDefinition, program: readonly ModelDefinition[]): OwnMembers {
  const bases = program.filter(({ name }) => model.bases.includes(name));
  const inherited = new Set(
    bases.flatMap(({ fields, links }) => [...fields, ...links]).map(({ name }) => name),
  );
  const isOwn = ({ name, state }: FieldDefinition | LinkDefinition): boolean =>
    state === 'declarative' && !inherited.has(name);
  return {
    fields: model.fields.filter((field) => isOwn(field) && !field.secret),
    links: model.links.filter(isOwn),
  };
}

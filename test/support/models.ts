import type { FieldDefinition, LinkDefinition, ModelDefinition } from '../../model/definition.ts';

/** A text field, as small as a definition can be. */
export function field(name: string, more: Partial<FieldDefinition> = {}): FieldDefinition {
  return {
    name,
    type: 'string',
    repeated: false,
    state: 'declarative',
    nullable: false,
    blank: false,
    unique: false,
    text: false,
    secret: false,
    helpText: '',
    verboseName: name,
    ...more,
  };
}

/** An optional link to `peer`. */
export function link(name: string, peer: string, more: Partial<LinkDefinition> = {}): LinkDefinition {
  return {
    name,
    kind: 'manytoone',
    peer,
    nullable: true,
    unique: false,
    state: 'declarative',
    helpText: '',
    verboseName: name,
    ...more,
  };
}

export function model(name: string, more: Partial<ModelDefinition> = {}): ModelDefinition {
  return {
    name,
    app: 'test',
    plural: `${name.toLowerCase()}s`,
    abstract: false,
    bases: [],
    verboseName: name,
    description: '',
    fields: [field('name', { maxLength: 200 })],
    links: [],
    xosLinks: [],
    options: {},
    ...more,
  };
}

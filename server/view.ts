import type { ApiField, ApiModel, ApiObject } from '../client/wire.ts';
import type { FieldDefinition, LinkDefinition, ModelDefinition, Ref } from '../model/definition.ts';
import type { RegisteredModel } from '../store/registry.ts';
import type { StoredObject, Value } from '../store/types.ts';

/** How REST spells a link: `owner_id`, or `networks_ids` for one to many. */
export function linkKey(link: LinkDefinition): string {
  return `${link.name}_${link.kind === 'manytomany' ? 'ids' : 'id'}`;
}

/** How `Model/id` is written everywhere. */
export function spell(ref: Ref): string {
  return `${ref.model}/${ref.id}`;
}

/** The word for a state: what waits for a failed object is itself in error, as XOS has it. */
export function wordOf({ state, backend_code }: Pick<StoredObject, 'state' | 'backend_code'>): string {
  return state === 'Waiting' && backend_code === 2 ? 'Error (blocked)' : state;
}

/** Show an object as REST does. Secrets are left out: nobody but the step reads them back. */
export function viewOf(object: StoredObject, model: ModelDefinition): ApiObject {
  const stored = { ...object.declarative, ...object.feedback };
  const fields = model.fields
    .filter((field) => !field.secret)
    .map((field) => [field.name, stored[field.name] ?? missing(field)]);
  const links = model.links.map((link) => [linkKey(link), idsOf(stored[link.name], link)]);
  return {
    id: object.id,
    leaf_model_name: object.model,
    state: object.state,
    backend_status: object.backend_status,
    backend_code: object.backend_code,
    version: object.version,
    generation: object.generation,
    enacted: object.enacted,
    deleted: object.deleted,
    backend_need_delete: object.backend_need_delete,
    backend_need_reap: object.backend_need_reap,
    no_sync: object.no_sync,
    no_policy: object.no_policy,
    pretend: object.pretend,
    write_protect: object.write_protect,
    failures: object.failures,
    next_attempt_at: object.next_attempt_at?.toISOString() ?? null,
    root: object.root === null ? null : spell(object.root),
    created: object.created.toISOString(),
    updated: object.updated.toISOString(),
    // Last: a model's own `version`, as ONOSApp has, is what people know it by. `state` and the like no field is called.
    ...(Object.fromEntries([...fields, ...links]) as Record<string, unknown>),
  };
}

/** Describe a model to clients. */
export function viewOfModel({ definition, synchronizer, hasStep, hasPolicy }: RegisteredModel): ApiModel {
  const { name, app, plural, abstract, bases, description, fields, links } = definition;
  return {
    name,
    app,
    plural,
    abstract,
    bases,
    description,
    synchronizer,
    managed: hasStep || hasPolicy,
    fields: [...fields.map(viewOfField), ...links.map(viewOfLink)],
  };
}

function viewOfField(field: FieldDefinition): ApiField {
  const isOptional =
    field.nullable || field.repeated || field.default !== undefined || field.state === 'feedback';
  return {
    name: field.name,
    type: field.type,
    repeated: field.repeated,
    state: field.state,
    required: !isOptional,
    secret: field.secret,
    default: field.default ?? null,
    choices: field.choices ?? null,
    peer: null,
    help_text: field.helpText,
  };
}

function viewOfLink(link: LinkDefinition): ApiField {
  const isMany = link.kind === 'manytomany';
  return {
    name: linkKey(link),
    type: 'link',
    repeated: isMany,
    state: link.state,
    required: !link.nullable && !isMany && link.state === 'declarative',
    secret: false,
    default: null,
    choices: null,
    peer: link.narrowed ?? link.peer,
    help_text: link.helpText,
  };
}

/** What an object shows for a field that is younger than it. */
function missing(field: FieldDefinition): Value {
  return field.default ?? (field.repeated ? [] : null);
}

function idsOf(value: Value | undefined, link: LinkDefinition): number | null | readonly number[] {
  if (link.kind === 'manytomany')
    return Array.isArray(value) ? (value as readonly Ref[]).map((ref) => ref.id) : [];
  return value === undefined || value === null ? null : (value as Ref).id;
}

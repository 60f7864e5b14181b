import type { FieldDefinition } from './definition.ts';

/**
 * XOSBase's names that are Accord's own columns, with Accord's types, and `pretend`, which XOS had for whole
 * synchronizers only. They are no fields of any model,
 * whatever a core file declares, and only the writable ones can be set from outside.
 */
export const BOOKKEEPING = {
  created: { type: 'timestamp', writable: false },
  updated: { type: 'timestamp', writable: false },
  enacted: { type: 'integer', writable: false },
  policed: { type: 'integer', writable: false },
  backend_register: { type: 'string', writable: false },
  backend_need_delete: { type: 'boolean', writable: false },
  backend_need_reap: { type: 'boolean', writable: false },
  backend_status: { type: 'string', writable: false },
  backend_code: { type: 'integer', writable: false },
  deleted: { type: 'boolean', writable: false },
  write_protect: { type: 'boolean', writable: true },
  lazy_blocked: { type: 'boolean', writable: false },
  no_sync: { type: 'boolean', writable: true },
  no_policy: { type: 'boolean', writable: true },
  pretend: { type: 'boolean', writable: true },
  policy_status: { type: 'string', writable: false },
  policy_code: { type: 'integer', writable: false },
  leaf_model_name: { type: 'string', writable: false },
  backend_need_delete_policy: { type: 'boolean', writable: false },
  xos_managed: { type: 'boolean', writable: false },
  changed_by_step: { type: 'timestamp', writable: false },
  changed_by_policy: { type: 'timestamp', writable: false },
} as const satisfies Record<
  string,
  { readonly type: 'timestamp' | 'integer' | 'string' | 'boolean'; readonly writable: boolean }
>;

export type BookkeepingName = keyof typeof BOOKKEEPING;

export function isBookkeeping(name: string): name is BookkeepingName {
  return Object.hasOwn(BOOKKEEPING, name);
}

/** True for the bookkeeping that people may set: no_sync, no_policy, pretend, write_protect. */
export function isWritableBookkeeping(name: string): name is BookkeepingName {
  return isBookkeeping(name) && BOOKKEEPING[name].writable;
}

/** The one name of XOSBase that steps write: an ordinary feedback field, and the first of every model. */
export const BACKEND_HANDLE: FieldDefinition = {
  name: 'backend_handle',
  type: 'string',
  repeated: false,
  state: 'feedback',
  nullable: true,
  blank: true,
  maxLength: 1024,
  unique: false,
  text: false,
  secret: false,
  helpText: 'What the back end calls this object',
  verboseName: 'backend handle',
};

/** Bases that mean nothing here when no file declares them. */
export const EMPTY_BASES: readonly string[] = [
  'XOSBase',
  'AbstractBaseUser',
  'PlModelMixIn',
  'AttributeMixin',
];

/** Every object has these, so no field can. `__proto__` it has in JavaScript: set like a field, the value would be lost. */
export const RESERVED_NAMES: ReadonlyMap<string, string> = new Map([
  ['id', "the object's number"],
  ['model', "the name of the object's model"],
  ['__proto__', 'what every object of JavaScript is made after'],
]);

/**
 * What REST shows of an object beside its fields and what lists are filtered by: a field of such a name would be taken
 * for where the object stands. Links are no matter, for REST spells them with `_id`. A `version` models have of old.
 */
export const STANDING_NAMES: ReadonlyMap<string, string> = new Map([
  ['state', 'where the object stands'],
  ['generation', 'how often its goal has changed'],
  ['failures', 'how often it has failed in a row'],
  ['next_attempt_at', 'when it is tried again'],
  ['root', 'what holds it up'],
]);

import type { Rule } from './rule.ts';

/**
 * The linked models: what the rest of Accord knows of a model. Plain JSON, so that a worker can register
 * it in the database and a server can serve it without having seen the xproto.
 */
export interface ModelDefinition {
  /** Unique in an installation. */
  readonly name: string;
  /** The xproto `app_label`, the first path segment of its REST address. */
  readonly app: string;
  /** The last path segment of its REST address: `option plural`, else the lower-case name and `s`. */
  readonly plural: string;
  /** An abstract model has no objects of its own; links to it accept its descendants. */
  readonly abstract: boolean;
  /** All ancestors that are models, nearest first. XOSBase and the empty mixins are not among them. */
  readonly bases: readonly string[];
  readonly verboseName: string;
  readonly description: string;
  /** Own and inherited fields, inherited first, without links and without bookkeeping. */
  readonly fields: readonly FieldDefinition[];
  /** Own and inherited links, inherited first. */
  readonly links: readonly LinkDefinition[];
  /** `xos_links`, parsed: dependencies and watch paths beyond the links. */
  readonly xosLinks: readonly XosLink[];
  /** The remaining options of the message, those of its file and bases included, as written. */
  readonly options: Readonly<Record<string, string>>;
}

/** Declarative state is written by people and policies, feedback state by steps. */
export type StateClass = 'declarative' | 'feedback';

/** Protobuf's scalar types. 64-bit integers are JSON numbers up to 2^53 - 1. */
export type ScalarType =
  | 'string'
  | 'bool'
  | 'bytes'
  | 'int32'
  | 'int64'
  | 'uint32'
  | 'uint64'
  | 'sint32'
  | 'sint64'
  | 'fixed32'
  | 'fixed64'
  | 'sfixed32'
  | 'sfixed64'
  | 'float'
  | 'double';

export interface FieldDefinition {
  readonly name: string;
  /** A scalar, or `enum` with its names in `choices`. */
  readonly type: ScalarType | 'enum';
  readonly repeated: boolean;
  readonly state: StateClass;
  /** May be null or left out. True for `optional` fields and those with `null = True`. */
  readonly nullable: boolean;
  /** May be the empty string. */
  readonly blank: boolean;
  /** Filled in on create when the field is left out, and on read for objects that are older than the field. */
  readonly default?: JsonScalar;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minValue?: number;
  readonly maxValue?: number;
  readonly choices?: readonly JsonScalar[];
  readonly unique: boolean;
  /** Names of the fields and links that together with this one are unique. */
  readonly uniqueWith?: readonly string[];
  /** A customary format: date, url, ip, stripped. */
  readonly contentType?: string;
  /** Long text, no customary length. */
  readonly text: boolean;
  /** Write-only everywhere but in the step; masked in every error text. */
  readonly secret: boolean;
  readonly helpText: string;
  readonly verboseName: string;
}

export type JsonScalar = string | number | boolean | null;

export interface LinkDefinition {
  readonly name: string;
  readonly kind: 'manytoone' | 'manytomany' | 'onetoone';
  /** The model that it points to; its descendants are accepted too. */
  readonly peer: string;
  /** Narrower than `peer` for objects of this model: `option owner_class_name` on the inherited link `owner`. */
  readonly narrowed?: string;
  readonly through?: string;
  /** Absent when suppressed by `+` or not given. */
  readonly reverseName?: string;
  readonly nullable: boolean;
  readonly unique: boolean;
  readonly uniqueWith?: readonly string[];
  /** Links are declarative; `feedback` is only read from models that were registered when it was still allowed. */
  readonly state: StateClass;
  readonly helpText: string;
  readonly verboseName: string;
}

/** `option xos_links = "Instance via instance into ip"`. */
export interface XosLink {
  readonly model: string;
  readonly via: string;
  readonly into?: string;
}

/** An access rule. It is read and kept; nobody enforces it yet. */
export interface RuleDefinition {
  readonly name: string;
  /** As written. */
  readonly text: string;
  /** Absent when the text has a fault. */
  readonly expression?: Rule;
  /** What names it: `Model`, or `Model.field`. */
  readonly guards: readonly string[];
}

/** How an object is referred to everywhere: in workflows, signals, REST and the CLI (`Color/3`). */
export interface Ref {
  readonly model: string;
  readonly id: number;
}

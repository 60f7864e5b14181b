import type { Rule } from './rule.ts';

/**
 * What one xproto file says, as written: nothing is resolved or inherited yet. Everything that a diagnostic
 * may have to point at is a `Word`, text with its place.
 */
export interface SyntaxTree extends Source {
  readonly package?: Word;
  readonly options: readonly OptionNode[];
  readonly imports: readonly Word[];
  readonly messages: readonly MessageNode[];
  readonly enums: readonly EnumNode[];
  readonly extensions: readonly ExtendNode[];
  readonly rules: readonly RuleNode[];
}

/** A file and what it takes to say where something is in it. */
export interface Source {
  /** As given by the caller. */
  readonly file: string;
  readonly text: string;
  /** Offset of the first character of each line. */
  readonly lineStarts: readonly number[];
}

export interface Word {
  readonly text: string;
  readonly offset: number;
  readonly length: number;
}

export interface MessageNode {
  readonly name: Word;
  readonly rule?: Word;
  readonly bases: readonly Word[];
  readonly options: readonly OptionNode[];
  readonly members: readonly MemberNode[];
  readonly enums: readonly EnumNode[];
  readonly messages: readonly MessageNode[];
}

export type MemberNode = FieldNode | LinkNode | BrokenNode;

export interface FieldNode {
  readonly kind: 'field';
  readonly modifier: Modifier;
  readonly type: Word;
  readonly name: Word;
  readonly rule?: Word;
  readonly number: Word;
  readonly options: readonly OptionNode[];
}

export interface LinkNode {
  readonly kind: 'link';
  readonly modifier: Modifier;
  readonly link: 'manytoone' | 'manytomany' | 'onetoone';
  readonly name: Word;
  readonly peer: Word;
  readonly through?: Word;
  /** Absent when not given; `suppressed` when it ends in `+`. */
  readonly reverse?: { readonly name?: Word; readonly suppressed: boolean };
  readonly number: Word;
  readonly reverseNumber?: Word;
  readonly options: readonly OptionNode[];
}

/** A member with a syntax error. It is known by name, so that what refers to it causes no second fault. */
export interface BrokenNode {
  readonly kind: 'broken';
  readonly of: 'field' | 'link';
  readonly name: Word;
}

export type Modifier = 'required' | 'optional' | 'repeated';

export interface OptionNode {
  readonly name: Word;
  readonly value: OptionValue;
}

/** `text` is the value without quotes and with escapes resolved; `length` covers the quotes. */
export interface OptionValue extends Word {
  readonly kind: 'string' | 'number' | 'name';
}

export interface EnumNode {
  readonly name: Word;
  readonly values: readonly { readonly name: Word; readonly number: Word }[];
}

export interface ExtendNode {
  readonly name: Word;
  readonly members: readonly MemberNode[];
}

/** An access rule: `policy NAME < … >`. */
export interface RuleNode {
  readonly name: Word;
  readonly text: string;
  /** Absent when the text has a fault. */
  readonly rule?: Rule;
  /** The names of other rules in it. */
  readonly references: readonly Word[];
}

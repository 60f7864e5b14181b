import { BACKEND_HANDLE, isBookkeeping } from './bookkeeping.ts';
import type { FieldDefinition, LinkDefinition } from './definition.ts';
import { defineField } from './field.ts';
import { defineLink } from './link-field.ts';
import type { Message, Scope } from './scope.ts';
import type { MemberNode, Word } from './syntax-tree.ts';

/** A field or link with what a diagnostic of it needs. */
export interface Member {
  readonly name: Word;
  /** The message that says it last. */
  readonly owner: Message;
  readonly node: MemberNode;
  /** Absent for what has faults of its own, and for bookkeeping. */
  readonly field?: FieldDefinition;
  readonly link?: LinkDefinition;
}

export type Members = ReadonlyMap<string, Member>;

/** Bounds the size of what is derived from a file: a wide base times many models. */
const MAX_MEMBERS = 200;

/**
 * Own and inherited members of each message, inherited first. An own one overrides an inherited one in its
 * place, if its kind agrees.
 */
export function inherit(
  scope: Scope,
  ancestors: ReadonlyMap<Message, readonly Message[]>,
  written: (message: Message) => readonly MemberNode[],
): ReadonlyMap<Message, Members> {
  const own = new Map<Message, readonly Member[]>();
  const all = new Map<Message, Members>();
  for (const message of scope.messages.values()) {
    own.set(
      message,
      written(message).map((node) => ({
        name: node.name,
        owner: message,
        node,
        ...define(scope, message, node),
      })),
    );
  }
  for (const [message, line] of ancestors) {
    const members = new Map<string, Member>();
    for (const from of [...line.toReversed(), message]) {
      for (const member of own.get(from) ?? []) {
        if (members.size > MAX_MEMBERS) break;
        override(scope, message, members, member);
      }
    }
    if (members.size > MAX_MEMBERS) {
      const text = `\`${message.name}\` has more than ${MAX_MEMBERS} fields and links`;
      scope.say(message.tree, message.node.name, { code: 'too-many-fields', message: text });
      members.clear();
    }
    all.set(message, members);
  }
  return all;
}

function define(scope: Scope, message: Message, node: MemberNode): Pick<Member, 'field' | 'link'> {
  if (node.kind === 'broken' || isBookkeeping(node.name.text)) return {};
  if (node.kind === 'field') {
    const field = defineField(scope, message, node);
    // Every model has this one already.
    return field === undefined || field.name === BACKEND_HANDLE.name ? {} : { field };
  }
  const link = defineLink(scope, message, node);
  return link === undefined ? {} : { link };
}

function override(scope: Scope, message: Message, members: Map<string, Member>, member: Member): void {
  const before = members.get(member.name.text);
  members.set(member.name.text, member);
  if (before === undefined || before.owner === member.owner) return;
  const difference = differenceOf(before, member);
  if (difference === undefined) return;
  // Two bases that disagree are said of the model that builds on both.
  const { tree, node } = member.owner === message ? member.owner : message;
  const word = member.owner === message ? member.name : node.name;
  const text = `\`${message.name}.${member.name.text}\` ${difference} in \`${before.owner.name}\``;
  const fault = { code: 'redeclared-differently', message: `${text}, but not in \`${member.owner.name}\`` };
  scope.say(tree, word, fault);
}

function differenceOf(a: Member, b: Member): string | undefined {
  if (a.link && b.link) return a.link.kind === b.link.kind ? undefined : `is a ${a.link.kind}`;
  if (a.field && b.field) {
    if (a.field.type !== b.field.type) return `is of type ${a.field.type}`;
    return a.field.repeated === b.field.repeated
      ? undefined
      : a.field.repeated
        ? 'is repeated'
        : 'is not repeated';
  }
  if ((a.field && b.link) ?? (a.link && b.field)) return a.field ? 'is a field' : 'is a link';
  return undefined;
}

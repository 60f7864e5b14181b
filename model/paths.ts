import type { Members } from './inherit.ts';
import type { Message, Scope } from './scope.ts';
import type { Word } from './syntax-tree.ts';
import type { Paths } from './xos-links.ts';

/** By peer: the reverse names of the links to it, each with the model that declares the link. */
type Reverses = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Collect reverse names, and warn of those that mean two things. */
export function indexReverses(
  scope: Scope,
  models: readonly Message[],
  members: ReadonlyMap<Message, Members>,
): Reverses {
  const reverses = new Map<string, Map<string, string>>();
  for (const message of models) {
    for (const { owner, link, node } of members.get(message)?.values() ?? []) {
      // An inherited link has one reverse, that of the model which declares it.
      if (owner !== message || link?.reverseName === undefined || node.kind !== 'link') continue;
      const names = reverses.get(link.peer) ?? new Map<string, string>();
      reverses.set(link.peer, names);
      const peer = scope.messages.get(link.peer);
      const other =
        names.get(link.reverseName) ?? (peer && members.get(peer)?.get(link.reverseName)?.owner.name);
      if (other === undefined) names.set(link.reverseName, message.name);
      else warn(scope, message, node.reverse?.name ?? node.name, { peer: link.peer, other });
    }
  }
  return reverses;
}

function warn(
  scope: Scope,
  message: Message,
  word: Word,
  { peer, other }: { peer: string; other: string },
): void {
  const text = `\`${peer}\` has a \`${word.text}\` already, by \`${other}\`: that one counts`;
  const fault = {
    code: 'duplicate-reverse-name',
    message: text,
    hint: 'choose another reverse name, or `+` for none',
  };
  scope.say(message.tree, word, { severity: 'warning', ...fault });
}

export function createPaths(
  scope: Scope,
  ancestors: ReadonlyMap<Message, readonly Message[]>,
  members: ReadonlyMap<Message, Members>,
  reverses: Reverses,
): Paths {
  const membersOf = (model: string): Members | undefined => {
    const message = scope.messages.get(model);
    return message && members.get(message);
  };
  const lineOf = (model: string): readonly string[] => {
    const message = scope.messages.get(model);
    return message === undefined ? [] : [model, ...(ancestors.get(message) ?? []).map(({ name }) => name)];
  };
  return {
    hasModel: (name) => scope.messages.has(name),
    follow(model, accessor) {
      const link = membersOf(model)?.get(accessor)?.link;
      if (link !== undefined) return link.peer;
      return lineOf(model)
        .map((name) => reverses.get(name)?.get(accessor))
        .find((source) => source !== undefined);
    },
    hasMember: (model, name) => name === 'backend_handle' || membersOf(model)?.has(name) === true,
    isKin: (a, b) => lineOf(a).includes(b) || lineOf(b).includes(a),
    isDescendant: (model, base) => lineOf(model).includes(base),
    suggest(word, among) {
      if (among === 'models') return scope.suggest(word);
      if ('membersOf' in among) return scope.suggest(word, membersOf(among.membersOf)?.keys() ?? []);
      const own = [...(membersOf(among.accessorsOf)?.values() ?? [])].flatMap(({ link }) => link?.name ?? []);
      const reversed = lineOf(among.accessorsOf).flatMap((name) => [...(reverses.get(name)?.keys() ?? [])]);
      return scope.suggest(word, [...own, ...reversed]);
    },
  };
}

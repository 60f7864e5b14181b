import { EMPTY_BASES } from './bookkeeping.ts';
import type { Message, Scope } from './scope.ts';
import type { Word } from './syntax-tree.ts';

/** Longer chains are taken for a mistake; they would make every model's definition grow with their length. */
const MAX_ANCESTORS = 100;

/** For each message its ancestors that a file declares, nearest first, each once. Unknown bases and cycles are said. */
export function lineages(scope: Scope): ReadonlyMap<Message, readonly Message[]> {
  const known = new Map<Message, readonly Message[]>();
  const path: Message[] = [];
  const inCycles = new Set<Message>();

  function ancestorsOf(message: Message): readonly Message[] {
    const done = known.get(message);
    if (done !== undefined) return done;
    path.push(message);
    const nearestFirst = new Set<Message>();
    const bases = basesOf(scope, message).filter(({ base, word }) => !closesCycle(message, base, word));
    // All of one base's line before the next base's: the first base wins where two declare the same.
    for (const { base } of bases) {
      nearestFirst.add(base);
      if (path.length < MAX_ANCESTORS) for (const ancestor of ancestorsOf(base)) nearestFirst.add(ancestor);
    }
    path.pop();
    const [word] = message.node.bases;
    if (nearestFirst.size >= MAX_ANCESTORS && word) {
      const text = `\`${message.name}\` has ${MAX_ANCESTORS} ancestors or more`;
      scope.say(message.tree, word, { code: 'too-many-ancestors', message: text });
      nearestFirst.clear();
    }
    const ancestors = [...nearestFirst];
    known.set(message, ancestors);
    return ancestors;
  }

  function closesCycle(message: Message, base: Message, word: Word): boolean {
    const start = path.indexOf(base);
    if (start < 0) return false;
    const cycle = path.slice(start);
    if (!cycle.some((member) => inCycles.has(member))) {
      const names = [...cycle, base].map(({ name }) => name).join(' → ');
      const text =
        base === message ? `\`${message.name}\` is its own base` : `these are bases of each other: ${names}`;
      scope.say(message.tree, word, { code: 'base-cycle', message: text });
    }
    for (const member of cycle) inCycles.add(member);
    return true;
  }

  for (const message of scope.messages.values()) ancestorsOf(message);
  return known;
}

function basesOf(scope: Scope, { tree, node }: Message): { base: Message; word: Word }[] {
  return node.bases.flatMap((word) => {
    const base = scope.resolve(word);
    if (base?.kind === 'message') return [{ base, word }];
    if (base?.kind === 'enum') {
      scope.say(tree, word, {
        code: 'unknown-base',
        message: `\`${word.text}\` is an enum, and no model to build on`,
      });
    } else if (!EMPTY_BASES.includes(word.text.slice(word.text.lastIndexOf('.') + 1))) {
      const message = `\`${node.name.text}\` builds on \`${word.text}\`, which names no known model`;
      scope.say(tree, word, { code: 'unknown-base', message, hint: scope.suggest(word) });
    }
    return [];
  });
}

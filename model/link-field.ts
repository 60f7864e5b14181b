import { EMPTY_BASES } from './bookkeeping.ts';
import type { LinkDefinition } from './definition.ts';
import { stateOf } from './field.ts';
import { fieldWords } from './naming.ts';
import { readOptions, type OptionReader } from './option-reader.ts';
import type { Fault } from './places.ts';
import type { Message, Scope } from './scope.ts';
import type { LinkNode, Word } from './syntax-tree.ts';

/** Give a link its meaning; `undefined` when its peer is unknown. */
export function defineLink(scope: Scope, message: Message, node: LinkNode): LinkDefinition | undefined {
  const say = (word: Word, fault: Fault): void => scope.say(message.tree, word, fault);
  const options = readOptions(node.options, say);
  const peer = peerOf(scope, message, node);
  const state = linkStateOf(options, node, say);
  for (const name of ['default', 'secret', 'choices']) {
    const value = options.value(name);
    if (value === undefined || value.text === 'None' || value.text === 'False') continue;
    const text = `\`${name}\` has no meaning for a link`;
    say(value, { severity: 'warning', code: 'option-does-not-apply', message: text });
  }
  if (peer === undefined || state === undefined) return undefined;

  const { name, modifier, reverse, through } = node;
  const reverseName = reverse?.suppressed === false ? reverse.name?.text : undefined;
  const uniqueWith = options.names('unique_with');
  return {
    name: name.text,
    kind: node.link,
    peer,
    ...(through && { through: through.text }),
    ...(reverseName !== undefined && { reverseName }),
    nullable: modifier !== 'required' || (options.flag('null') ?? false),
    unique: node.link === 'onetoone' || (options.flag('unique') ?? false),
    ...(uniqueWith && { uniqueWith }),
    state,
    helpText: options.text('help_text') ?? '',
    verboseName: options.text('verbose_name') ?? fieldWords(name.text),
  };
}

/** A step reports values and no links: one that is feedback would be written by nobody. */
function linkStateOf(
  options: OptionReader,
  { name }: LinkNode,
  say: (word: Word, fault: Fault) => void,
): 'declarative' | undefined {
  const state = stateOf(options, name, say);
  if (state !== 'feedback') return state;
  const message = `the link \`${name.text}\` cannot be feedback: only people and policies write links`;
  say(name, { code: 'feedback-link', message, hint: 'remove `feedback_state`, and set it in a policy' });
  return 'declarative';
}

function peerOf(scope: Scope, { tree }: Message, { link, name, peer }: LinkNode): string | undefined {
  const found = scope.resolve(peer);
  if (found?.kind === 'message' && !EMPTY_BASES.includes(found.name)) return found.name;
  const written = `\`${link} ${name.text}->${peer.text}\``;
  const reason =
    found === undefined && !EMPTY_BASES.includes(peer.text)
      ? 'names no known model'
      : `names ${found?.kind === 'enum' ? 'an enum' : 'a base without objects of its own'}`;
  const message = `a link needs a peer: ${written} ${reason}`;
  scope.say(tree, peer, { code: 'unknown-peer', message, hint: scope.suggest(peer) });
  return undefined;
}

import { lintModifier } from './lint-field.ts';
import { isMeaningful } from './option-reader.ts';
import type { Fault } from './places.ts';
import type { LinkNode, Word } from './syntax-tree.ts';

/** Look at a link as it is written. */
export function lintLink(node: LinkNode, say: (word: Word, fault: Fault) => void): void {
  const { name, modifier, options, reverse, reverseNumber } = node;
  lintModifier(node, say);
  for (const { name: option } of options) {
    if (isMeaningful(option.text)) continue;
    const message = `option \`${option.text}\` has no meaning here: nothing reads it`;
    say(option, { severity: 'info', code: 'unread-option', message, hint: 'remove it' });
  }
  if (reverse?.name !== undefined && !reverse.suppressed && reverseNumber === undefined) {
    const message = `the way back \`${reverse.name.text}\` has no number of its own`;
    const hint = `write \`= ${node.number.text}:1001\`, with a number that ${node.peer.text} does not use yet`;
    say(reverse.name, { severity: 'info', code: 'no-reverse-number', message, hint });
  }
  if (modifier === 'required' && !options.some((option) => option.name.text === 'help_text')) {
    const message = `everyone who creates an object must give \`${name.text}\`, and nothing says what it is`;
    say(name, { severity: 'info', code: 'no-help-text', message, hint: 'write `help_text = "…"`' });
  }
}

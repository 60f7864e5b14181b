import type { FieldDefinition } from './definition.ts';
import { isMeaningful } from './option-reader.ts';
import { parseScalar } from './python.ts';
import type { Fault } from './places.ts';
import type { FieldNode, LinkNode, OptionNode, Word } from './syntax-tree.ts';

type Say = (word: Word, fault: Fault) => void;

/** Look at a field as it is written. */
export function lintField(node: FieldNode, field: FieldDefinition | undefined, say: Say): void {
  if (field !== undefined) lintText(node, field, say);
  lintModifier(node, say);
  for (const { name } of node.options) {
    if (isMeaningful(name.text)) continue;
    const message = `option \`${name.text}\` has no meaning here: nothing reads it`;
    say(name, { severity: 'info', code: 'unread-option', message, hint: 'remove it' });
  }
}

function lintText(node: FieldNode, field: FieldDefinition, say: Say): void {
  const isText = field.type === 'string' || field.type === 'bytes';
  const hasBounds = field.maxLength !== undefined || field.text || field.choices !== undefined;
  // Of these formats every value is short.
  const isShort = field.contentType === 'date' || field.contentType === 'ip';
  if (field.type === 'string' && !hasBounds && !isShort) {
    const message = `\`${field.name}\` may be of any length`;
    say(node.name, {
      severity: 'warning',
      code: 'unbounded-text',
      message,
      hint: 'write `max_length = 256`, or `text = True` for long text',
    });
  }
  for (const option of node.options) {
    if (option.name.text === 'max_length') lintLength(option, say);
    if (isText || !['text', 'content_type'].includes(option.name.text)) continue;
    const message = `\`${option.name.text}\` has no meaning for \`${field.name}\`, which is of type ${field.type}`;
    say(option.name, { severity: 'warning', code: 'option-does-not-apply', message, hint: 'remove it' });
  }
}

/** What people usually write: powers of two, and those that XOS's own models have. */
const CUSTOMARY = [16, 30, 32, 64, 80, 100, 128, 200, 254, 256, 512, 1024, 2048, 4096];

function lintLength({ value }: OptionNode, say: Say): void {
  const length = parseScalar(value.text);
  if (typeof length !== 'number') return;
  if (length === 0) {
    const message = 'no text but the empty one has a length of 0';
    say(value, {
      severity: 'warning',
      code: 'zero-length',
      message,
      hint: 'write `text = True` for long text',
    });
    return;
  }
  const near = CUSTOMARY.find((one) => Math.abs(one - length) <= Math.max(1, one / 64));
  if (near === undefined || CUSTOMARY.includes(length)) return;
  const message = `a length of ${length} is near ${near}, which is customary`;
  say(value, { severity: 'info', code: 'odd-length', message, hint: `did you mean ${near}?` });
}

/** Find options that say the contrary of `required` or `optional`, and feedback that an object would need at birth. */
export function lintModifier({ modifier, name, options }: FieldNode | LinkNode, say: Say): void {
  const flag = (option: string): boolean | undefined => {
    const value = parseScalar(options.findLast((one) => one.name.text === option)?.value.text ?? '');
    return typeof value === 'boolean' ? value : undefined;
  };
  for (const { name: option } of options) {
    if (option.text !== 'null' && option.text !== 'blank') continue;
    const isContrary = flag(option.text) === (modifier === 'required');
    // What is required may be the empty text, and what may be absent need not.
    if (!isContrary || option.text === 'blank' || modifier === 'repeated') continue;
    const value = modifier === 'required' ? 'True' : 'False';
    const message = `\`${name.text}\` is ${modifier}, and \`${option.text} = ${value}\` says the contrary`;
    const hint =
      modifier === 'required' ? 'write `optional`, or remove it' : 'write `required`, or remove it';
    say(option, { severity: 'warning', code: 'contradicting-option', message, hint });
  }
  if (flag('feedback_state') === true && modifier === 'required' && flag('null') !== true) {
    const message = `\`${name.text}\` is feedback, which no object has before it is first synchronized`;
    say(name, { severity: 'warning', code: 'required-feedback', message, hint: 'write `optional`' });
  }
}

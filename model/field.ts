import type { FieldDefinition, JsonScalar, ScalarType, StateClass } from './definition.ts';
import { limitsOf } from './field-values.ts';
import { fieldWords } from './naming.ts';
import { readOptions, type OptionReader } from './option-reader.ts';
import type { Fault } from './places.ts';
import { isScalar, SCALARS } from './scalars.ts';
import type { Message, Scope } from './scope.ts';
import type { FieldNode, Word } from './syntax-tree.ts';

/** Give a field its meaning; `undefined` for bookkeeping, and when its type is unknown. */
export function defineField(scope: Scope, message: Message, node: FieldNode): FieldDefinition | undefined {
  const say = (word: Word, fault: Fault): void => scope.say(message.tree, word, fault);
  const name = node.name.text;
  const options = readOptions(node.options, say);
  const type = typeOf(scope, message, node);
  const state = stateOf(options, node.name, say);
  if (type === undefined || state === undefined) return undefined;

  const isSecret = options.flag('secret') ?? false;
  const isNullable = node.modifier !== 'required' || (options.flag('null') ?? false);
  const isRepeated = node.modifier === 'repeated';
  const { contentType, ...limits } = limitsOf({ name, ...type, isNullable, isRepeated }, options, say);
  const uniqueWith = options.names('unique_with');
  return {
    name,
    type: type.type,
    repeated: isRepeated,
    state,
    nullable: isNullable,
    blank: options.flag('blank') ?? node.modifier !== 'required',
    ...limits,
    unique: options.flag('unique') ?? false,
    ...(uniqueWith && { uniqueWith }),
    ...(contentType !== undefined && { contentType }),
    text: options.flag('text') ?? false,
    secret: isSecret,
    helpText: options.text('help_text') ?? '',
    verboseName: options.text('verbose_name') ?? fieldWords(name),
  };
}

/** Who writes a field or link. `undefined` for bookkeeping, which is nobody's but Accord's. */
export function stateOf(
  options: OptionReader,
  name: Word,
  say: (word: Word, fault: Fault) => void,
): StateClass | undefined {
  const isFeedback = options.flag('feedback_state') ?? false;
  if (options.flag('bookkeeping_state') !== true) return isFeedback ? 'feedback' : 'declarative';
  if (isFeedback) {
    const message = `\`${name.text}\` cannot be both feedback and bookkeeping state`;
    say(name, { code: 'two-state-classes', message });
  } else {
    const message = `\`${name.text}\` is bookkeeping state, which Accord keeps itself: it is not a field`;
    say(name, { severity: 'info', code: 'bookkeeping-field', message });
  }
  return undefined;
}

interface FieldType {
  readonly type: ScalarType | 'enum';
  readonly names?: readonly JsonScalar[];
}

function typeOf(scope: Scope, message: Message, { type, name }: FieldNode): FieldType | undefined {
  if (isScalar(type.text)) return { type: type.text };
  const found = scope.resolve(type, message.node);
  if (found?.kind === 'enum') return { type: 'enum', names: found.values };
  if (found?.kind === 'message') {
    scope.say(message.tree, type, {
      code: 'model-as-type',
      message: `\`${type.text}\` is a model: a field cannot hold an object`,
      hint: `write a link: \`manytoone ${name.text}->${type.text}:reverse_name = …\``,
    });
  } else {
    const enums = message.node.enums.map((node) => node.name.text);
    scope.say(message.tree, type, {
      code: 'unknown-type',
      message: `\`${type.text}\` is no type: \`${name.text}\` needs one of protobuf's, or an enum`,
      hint: scope.suggest(type, [...SCALARS, ...enums]) ?? scope.suggest(type),
    });
  }
  return undefined;
}

import type { FieldDefinition, JsonScalar } from './definition.ts';
import type { OptionReader } from './option-reader.ts';
import { parseScalar } from './python.ts';
import type { Fault } from './places.ts';
import { isNumeric, isWhole, rangeOf } from './scalars.ts';
import { quotable } from './strings.ts';
import { didYouMean } from './suggest.ts';
import type { OptionValue, Word } from './syntax-tree.ts';

type Limits = Pick<
  FieldDefinition,
  'minLength' | 'maxLength' | 'minValue' | 'maxValue' | 'choices' | 'contentType' | 'default'
>;
type Say = (word: Word, fault: Fault) => void;

interface Subject {
  readonly name: string;
  readonly type: FieldDefinition['type'];
  readonly isNullable: boolean;
  readonly isRepeated: boolean;
  /** The names of an enum. */
  readonly names?: readonly JsonScalar[];
}

const CONTENT_TYPES = ['date', 'url', 'ip', 'stripped'];

/** What values a field may have, and which one it has when it is left out. */
export function limitsOf(field: Subject, options: OptionReader, say: Say): Limits {
  const contentType = options.text('content_type');
  const place = options.value('content_type');
  if (contentType !== undefined && place && !CONTENT_TYPES.includes(contentType)) {
    const message = `\`${quotable(contentType)}\` is a content type that Accord does not check`;
    const hint = didYouMean(contentType, CONTENT_TYPES) ?? `it knows ${CONTENT_TYPES.join(', ')}`;
    say(place, { severity: 'warning', code: 'unknown-content-type', message, hint });
  }
  const limits = dropUndefined({
    minLength: lengthOf(field, 'min_length', options, say),
    maxLength: lengthOf(field, 'max_length', options, say),
    minValue: boundOf(field, 'min_value', options, say),
    maxValue: boundOf(field, 'max_value', options, say),
    choices: choicesOf(field, options, say),
    contentType,
  });
  const value = defaultOf(field, limits, options, say);
  return value === undefined ? limits : { ...limits, default: value };
}

function lengthOf(field: Subject, name: string, options: OptionReader, say: Say): number | undefined {
  const length = options.size(name);
  return length === undefined || applies(field, ['string', 'bytes'].includes(field.type), name, options, say)
    ? length
    : undefined;
}

function boundOf(field: Subject, name: string, options: OptionReader, say: Say): number | undefined {
  const bound = options.number(name);
  return bound === undefined || applies(field, isNumeric(field.type), name, options, say) ? bound : undefined;
}

function applies(
  field: Subject,
  isApplicable: boolean,
  name: string,
  options: OptionReader,
  say: Say,
): boolean {
  const place = options.value(name);
  if (isApplicable || place === undefined) return isApplicable;
  const message = `\`${name}\` has no meaning for \`${field.name}\`, which is of type ${field.type}`;
  say(place, { severity: 'warning', code: 'option-does-not-apply', message });
  return false;
}

/** `None` among the choices says that the field may be null, which its modifier says already. */
function choicesOf(field: Subject, options: OptionReader, say: Say): readonly JsonScalar[] | undefined {
  if (field.names !== undefined) return field.names;
  const place = options.value('choices');
  const choices = options.choices('choices')?.filter((choice) => choice !== null);
  if (choices === undefined || place === undefined) return undefined;
  const converted = choices.map((choice) => convert(choice, field.type));
  const wrong = choices.find((_, index) => converted[index] === undefined);
  if (wrong === undefined) return [...new Set(converted.filter((choice) => choice !== undefined))];
  const message = `the choice \`${quotable(String(wrong))}\` is not of type ${field.type}`;
  say(place, { code: 'bad-option-value', message });
  return undefined;
}

function defaultOf(field: Subject, limits: Limits, options: OptionReader, say: Say): JsonScalar | undefined {
  const written = options.value('default');
  if (written === undefined) return undefined;
  const literal = literalOf(written, field.type);
  // A null that may be left out anyway needs no default.
  if (literal === null) {
    if (!field.isNullable) {
      const message = `\`${field.name}\` is required, and \`None\` is no value for it`;
      say(written, { code: 'bad-default', message, hint: 'make it optional' });
    }
    return undefined;
  }
  if (field.isRepeated) {
    const message = `\`${field.name}\` is repeated, and \`${quotable(written.text)}\` is one value: it cannot be its default`;
    say(written, { code: 'bad-default', message, hint: 'leave it out: the list begins empty' });
    return undefined;
  }
  if (
    literal === undefined ||
    (field.type !== 'string' && written.text.endsWith('()')) ||
    written.text === 'now()'
  ) {
    const message = `the default \`${quotable(written.text)}\` is computed in XOS, which Accord does not do`;
    const hint = 'give a value, or set it in a policy';
    say(written, { severity: 'warning', code: 'computed-default', message, hint });
    return undefined;
  }
  const value = convert(literal, field.type);
  const reason = value === undefined ? `is not of type ${field.type}` : outside(value, field, limits);
  if (reason === undefined) return value;
  const message = `the default \`${quotable(written.text)}\` of \`${field.name}\` ${reason}`;
  say(written, { code: 'bad-default', message });
  return undefined;
}

/** What is written without quotes is a constant, a number or, when nothing else, the name of a function. */
function literalOf({ kind, text }: OptionValue, type: string): JsonScalar | undefined {
  if (kind === 'string') return text;
  return parseScalar(text) ?? (parseScalar(text) === null ? null : type === 'enum' ? text : undefined);
}

/** Python is lenient between text and numbers, and so is this. */
function convert(value: JsonScalar, type: Subject['type']): JsonScalar | undefined {
  if (type === 'string' || type === 'bytes' || type === 'enum') {
    return typeof value === 'boolean' || value === null ? undefined : String(value);
  }
  const scalar = typeof value === 'string' ? parseScalar(value) : value;
  if (type === 'bool') return typeof scalar === 'boolean' ? scalar : undefined;
  if (typeof scalar !== 'number' || !Number.isFinite(scalar)) return undefined;
  return isWhole(type) && !Number.isSafeInteger(scalar) ? undefined : scalar;
}

function outside(value: JsonScalar, { type }: Subject, limits: Limits): string | undefined {
  if (limits.choices && !limits.choices.includes(value)) return 'is not among the choices';
  if (typeof value === 'string') {
    if (value.length > (limits.maxLength ?? Infinity))
      return `is longer than ${limits.maxLength ?? ''} characters`;
    if (value.length < (limits.minLength ?? 0)) return `is shorter than ${limits.minLength ?? ''} characters`;
  }
  if (typeof value === 'number') {
    const range = rangeOf(type);
    const [min, max] = [
      limits.minValue ?? range?.min ?? -Infinity,
      limits.maxValue ?? range?.max ?? Infinity,
    ];
    if (value < min) return `is less than ${min}`;
    if (value > max) return `is greater than ${max}`;
  }
  return undefined;
}

/** `exactOptionalPropertyTypes`: what is not known is absent. */
function dropUndefined<T extends object>(object: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as never;
}

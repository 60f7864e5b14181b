import { parsePython, parseScalar } from './python.ts';
import type { Fault } from './places.ts';
import { quotable } from './strings.ts';
import { didYouMean } from './suggest.ts';
import type { OptionNode, OptionValue, Word } from './syntax-tree.ts';
import type { JsonScalar } from './definition.ts';

/** Typed access to the options of one field or link; a value of another kind is said and counts as absent. */
export interface OptionReader {
  readonly flag: (name: string) => boolean | undefined;
  readonly text: (name: string) => string | undefined;
  readonly number: (name: string) => number | undefined;
  /** A whole number of at least 0. */
  readonly size: (name: string) => number | undefined;
  readonly names: (name: string) => string[] | undefined;
  /** `(('a', 'A'), ('b', 'B'))`: the first of each pair. */
  readonly choices: (name: string) => JsonScalar[] | undefined;
  /** As written. */
  readonly value: (name: string) => OptionValue | undefined;
}

export function readOptions(
  options: readonly OptionNode[],
  say: (word: Word, fault: Fault) => void,
): OptionReader {
  const values = new Map<string, OptionValue>();
  for (const { name, value } of options) {
    if (values.has(name.text)) {
      const message = `option \`${name.text}\` is given twice; the last one counts`;
      say(name, { severity: 'warning', code: 'duplicate-option', message });
    }
    values.set(name.text, value);
    const hint = KNOWN.has(name.text) ? undefined : didYouMean(name.text, MEANINGFUL);
    if (hint !== undefined) {
      const message = `option \`${name.text}\` has no meaning`;
      say(name, { severity: 'warning', code: 'unknown-option', message, hint });
    }
  }

  function read<T>(
    name: string,
    kind: string,
    convert: (value: OptionValue) => T | undefined,
  ): T | undefined {
    const value = values.get(name);
    if (value === undefined) return undefined;
    const converted = convert(value);
    if (converted === undefined) {
      say(value, {
        code: 'bad-option-value',
        message: `option \`${name}\` is ${kind}, not \`${quotable(value.text)}\``,
      });
    }
    return converted;
  }

  return {
    flag: (name) =>
      read(name, '`True` or `False`', ({ text }) => {
        const flag = parseScalar(text);
        return typeof flag === 'boolean' ? flag : undefined;
      }),
    text: (name) => read(name, 'a string', ({ kind, text }) => (kind === 'number' ? undefined : text)),
    number: (name) => read(name, 'a number', ({ text }) => numberOf(text)),
    size: (name) =>
      read(name, 'a whole number of at least 0', ({ text }) => {
        const number = numberOf(text);
        return number !== undefined && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
      }),
    names: (name) =>
      read(name, 'a name, or several with commas between them', ({ text }) => {
        const names = text.split(',').map((part) => part.trim());
        return names.every((part) => /^[A-Za-z_]\w*$/.test(part)) ? names : undefined;
      }),
    choices: (name) =>
      read(name, "a list of pairs like `(('a', 'A'), ('b', 'B'))`", ({ text }) => choicesOf(text)),
    value: (name) => values.get(name),
  };
}

function numberOf(text: string): number | undefined {
  const number = parseScalar(text);
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

function choicesOf(text: string): JsonScalar[] | undefined {
  const pairs = parsePython(text);
  if (!Array.isArray(pairs) || pairs.length === 0) return undefined;
  const values = (pairs as readonly unknown[]).map((pair) =>
    Array.isArray(pair) && pair.length === 2 ? (pair[0] as unknown) : undefined,
  );
  return values.every(isScalarValue) ? values : undefined;
}

function isScalarValue(value: unknown): value is JsonScalar {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

/** The options that mean something here. */
const MEANINGFUL = [
  ...['null', 'blank', 'default', 'max_length', 'min_length', 'min_value', 'max_value', 'choices'],
  ...['unique', 'unique_with', 'content_type', 'text', 'help_text', 'verbose_name', 'secret'],
  ...['feedback_state', 'bookkeeping_state'],
];
/** What XOS also knows is accepted, and kept from being taken for a misspelling. */
const KNOWN = new Set([
  ...MEANINGFUL,
  ...['db_index', 'tosca_key', 'tosca_key_one_of', 'gui_hidden', 'auto_now_add', 'auto_now', 'varchar'],
  ...['unique_together', 'min', 'max', 'help', 'index', 'editable', 'on_delete'],
]);

/** Does anything read an option of this name, here or in XOS? */
export function isMeaningful(name: string): boolean {
  return KNOWN.has(name);
}

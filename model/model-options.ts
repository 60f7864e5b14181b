import { isAddressable, modelWords, pluralOf } from './naming.ts';
import { parseScalar } from './python.ts';
import { appOf, MAX_OPTIONS, optionOf, type Message, type Scope } from './scope.ts';
import { quotable } from './strings.ts';
import type { OptionNode, OptionValue, SyntaxTree } from './syntax-tree.ts';

/** The options that hold for a message: its own, then its file's, then those that its bases wrote. */
export interface ModelOptions {
  readonly app: string;
  readonly plural: string;
  readonly isAbstract: boolean;
  readonly verboseName: string;
  readonly description: string;
  /** In these the place matters too; absent when not given. */
  readonly ownerClassName?: OptionValue;
  readonly xosLinks?: OptionValue;
  /** The message that wrote them. */
  readonly writers: ReadonlyMap<string, Message>;
  readonly remaining: Readonly<Record<string, string>>;
}

/** What says something of one model only. */
const NOT_INHERITED = new Set([
  'abstract',
  'verbose_name',
  'description',
  'singular',
  'plural',
  'app_label',
  'name',
]);
/** What a ModelDefinition has in a place of its own. */
const CONSUMED = new Set([
  ...['app_label', 'plural', 'abstract', 'verbose_name', 'description', 'owner_class_name', 'xos_links'],
]);

/** Work out the options of `message`. */
export function modelOptions(scope: Scope, message: Message, ancestors: readonly Message[]): ModelOptions {
  const values = new Map<string, OptionValue>();
  const writers = new Map<string, Message>();
  const add = (options: readonly OptionNode[], from: Message, isBase: boolean): void => {
    for (const { name, value } of options.slice(0, MAX_OPTIONS)) {
      if (isBase && NOT_INHERITED.has(name.text)) continue;
      values.set(name.text, value);
      writers.set(name.text, from);
    }
  };
  for (const ancestor of ancestors.toReversed()) add(ancestor.node.options, ancestor, true);
  add(message.tree.options, message, false);
  add(message.node.options, message, false);

  const { name } = message;
  const app = values.get('app_label')?.text ?? fallbackApp(message.tree);
  const plural = values.get('plural')?.text ?? pluralOf(name);
  for (const option of ['app_label', 'plural']) {
    const value = values.get(option);
    if (value === undefined || isAddressable(value.text)) continue;
    const text = `\`${quotable(value.text)}\` cannot be part of an address: use letters, digits, \`-\` and \`_\`, at most 63`;
    scope.say(message.tree, value, { code: 'bad-option-value', message: text });
  }
  const [ownerClassName, xosLinks] = [values.get('owner_class_name'), values.get('xos_links')];
  const remaining = [...values].filter(([option]) => !CONSUMED.has(option));
  return {
    app,
    plural,
    isAbstract: isTrue(scope, message, values.get('abstract')),
    verboseName: values.get('verbose_name')?.text ?? modelWords(name),
    description: values.get('description')?.text ?? '',
    ...(ownerClassName && { ownerClassName }),
    ...(xosLinks && { xosLinks }),
    writers,
    // Made from entries, an option called `__proto__` is an option like any other.
    remaining: Object.fromEntries(remaining.map(([option, { text }]) => [option, text])),
  };
}

function isTrue(scope: Scope, message: Message, value: OptionValue | undefined): boolean {
  if (value === undefined) return false;
  const flag = parseScalar(value.text);
  if (typeof flag === 'boolean') return flag;
  const text = `option \`abstract\` is \`True\` or \`False\`, not \`${quotable(value.text)}\``;
  scope.say(message.tree, value, { code: 'bad-option-value', message: text });
  return false;
}

/** Check the options of a file and of its messages as written, and that it names its app. */
export function checkOptions(scope: Scope, tree: SyntaxTree): void {
  for (const options of [tree.options, ...tree.messages.map((message) => message.options)]) {
    const names = new Set<string>();
    for (const { name } of options) {
      if (names.has(name.text)) {
        const text = `option \`${name.text}\` is given twice; the last one counts`;
        scope.say(tree, name, { severity: 'warning', code: 'duplicate-option', message: text });
      }
      names.add(name.text);
    }
    const surplus = options[MAX_OPTIONS]?.name;
    const text = `more than ${MAX_OPTIONS} options in one place`;
    if (surplus) scope.say(tree, surplus, { code: 'too-many-options', message: text });
  }
  const [first] = tree.messages;
  const lacking = tree.messages.find(({ options }) => !options.some(({ name }) => name.text === 'app_label'));
  if (first === undefined || lacking === undefined || appOf(tree) !== undefined) return;
  const message = `the file has no \`option app_label\`, so its models are served under \`${fallbackApp(tree)}\``;
  const hint = `write \`option app_label = "${fallbackApp(tree)}";\``;
  scope.say(tree, first.name, { severity: 'warning', code: 'no-app-label', message, hint });
}

function fallbackApp(tree: SyntaxTree): string {
  const named = optionOf(tree, 'name');
  const stem = tree.file.replace(/^.*[\\/]/, '').replace(/\.[^.]*$/, '');
  return [named, tree.package?.text, stem].find((name) => name !== undefined && isAddressable(name)) ?? 'app';
}

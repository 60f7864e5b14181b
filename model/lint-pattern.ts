import type { FieldDefinition, LinkDefinition, ModelDefinition } from './definition.ts';
import { namesInAddress, PATTERN_OPTIONS, PATTERNS, readDefaults, readGates } from './pattern-options.ts';
import type { Fault } from './places.ts';
import { nearest } from './suggest.ts';
import type { OptionNode, Word } from './syntax-tree.ts';

type Models = ReadonlyMap<string, ModelDefinition>;
type Say = (message: string, hint: string, more?: Partial<Fault>) => void;

/** Look at the options of a model that say how it is made real: code is generated from them. */
export function lintPattern(
  options: readonly OptionNode[],
  model: ModelDefinition,
  models: Models,
  sayOf: (word: Word, fault: Fault) => void,
): void {
  for (const { name, value } of options) {
    const say: Say = (message, hint, more) => sayOf(value, { code: 'bad-pattern', message, hint, ...more });
    const check = CHECKS[name.text];
    if (check !== undefined) check(value.text, model, models, say);
    else if (!KNOWN_ELSEWHERE.has(name.text)) {
      const guess = nearest(name.text, PATTERN_OPTIONS);
      if (guess === undefined) continue;
      const message = `nothing reads the option \`${name.text}\``;
      sayOf(name, {
        severity: 'warning',
        code: 'unknown-option',
        message,
        hint: `did you mean \`${guess}\`?`,
      });
    }
  }
}

const KNOWN_ELSEWHERE: ReadonlySet<string> = new Set([
  ...['name', 'app_label', 'plural', 'singular', 'abstract', 'verbose_name', 'description', 'xos_links'],
  ...['owner_class_name', 'legacy', 'policy_implemented', 'service_name'],
]);

const CHECKS: Readonly<
  Record<string, (written: string, model: ModelDefinition, models: Models, say: Say) => void>
> = {
  pattern(written, { options }, _, say) {
    if (!PATTERNS.some((one) => one === written)) {
      const guess = nearest(written, PATTERNS);
      say(
        `there is no pattern \`${written}\``,
        guess === undefined ? `known are ${PATTERNS.join(', ')}` : `did you mean \`${guess}\`?`,
      );
    } else if (written !== 'rest' && (options['rest_url'] ?? options['rest_create']) !== undefined)
      say(
        `the pattern is \`${written}\`, and there is an address that only \`rest\` reads`,
        'remove one of them',
      );
  },
  rest_url(written, model, _, say) {
    const made = model.options['rest_create'];
    // Where POST makes it, the id is known by the time that its own address is asked for.
    addressFaults(
      written,
      model,
      say,
      made === undefined ? [] : [model.options['rest_id'] ?? 'backend_handle'],
    );
  },
  rest_create: (written, model, _, say) => addressFaults(written, model, say),
  rest_find(written, model, _, say) {
    addressFaults(written, model, say);
    // The second of two that are found alike would take the resource of the first, and delete it with itself.
    const { names } = namesInAddress(written);
    if (!isUnique(names, model))
      say(
        names.length === 0
          ? 'it finds the same for every object: they would share one resource'
          : `${namedInWords(names)} may be the same of two objects: they would share one resource`,
        'look for a field that is `unique = True`, or for `{id}` where the back end keeps it',
        { severity: 'warning', code: 'shared-resource' },
      );
  },
  rest_id(written, model, _, say) {
    const field = fieldNamed(written, model, say);
    if (field !== undefined && field.state !== 'feedback')
      say(`\`${written}\` is no feedback: steps do not write it`, 'give it `feedback_state = True`');
    if (model.options['rest_create'] === undefined)
      say('an id is kept only of what POST makes', 'say where: `option rest_create = "…"`');
  },
  ready_when(written, model, models, say) {
    const { gates, odd } = readGates(written);
    for (const part of odd)
      say(`\`${part}\` is not of the form \`link.field\``, 'as in `owner.backend_handle, instance.ip`');
    for (const { link, field } of gates) throughLink(link, field, model, models, say);
  },
  pick_default(written, model, models, say) {
    const { defaults, odd } = readDefaults(written);
    for (const part of odd)
      say(`\`${part}\` is neither \`link.flag\` nor \`link.field=value\``, 'as in `flavor.is_default`');
    for (const { link, field, value } of defaults) {
      const found = throughLink(link, field, model, models, say);
      if (found === undefined) continue;
      if (!found.link.nullable)
        say(`\`${link}\` is required: there is never anything to pick`, 'make it `optional`');
      if (value === undefined && found.field.type !== 'bool')
        say(`\`${found.peer}.${field}\` is no flag`, `say its value: \`${link}.${field}=…\``);
      if (value !== undefined && found.field.type !== 'string' && found.field.type !== 'enum')
        say(
          `\`${found.peer}.${field}\` is no text: only that is compared with a value`,
          'name a field of text, or a flag without value',
        );
    }
  },
  with_instance(written, model, models, say) {
    const link = linkNamed(written, model, say);
    if (link === undefined) return;
    const peer = link.narrowed ?? link.peer;
    const isInstance = peer === 'Instance' || models.get(peer)?.bases.includes('Instance') === true;
    if (!isInstance) say(`\`${written}\` leads to ${peer}, which is no Instance`, 'name a link to Instance');
    if (!link.nullable)
      say(
        `\`${written}\` is required: whoever creates the object would have to make the Instance`,
        'make it `optional`',
      );
    if (!model.links.some(({ name }) => name === 'owner'))
      say(
        `${model.name} has no \`owner\`, whose slice the Instance belongs to`,
        'let it extend ServiceInstance',
      );
  },
};

/** Are there no two objects for which all of these are the same? */
function isUnique(names: readonly string[], { fields }: ModelDefinition): boolean {
  return names.some((name) => {
    const field = fields.find((one) => one.name === name);
    // What is no field is told of elsewhere.
    if (field === undefined) return true;
    return field.unique || field.uniqueWith?.every((other) => names.includes(other)) === true;
  });
}

const namedInWords = (names: readonly string[]): string => names.map((name) => `\`{${name}}\``).join(' and ');

function addressFaults(
  written: string,
  model: ModelDefinition,
  say: Say,
  given: readonly string[] = [],
): void {
  const { names, isOdd } = namesInAddress(written);
  if (isOdd)
    say('braces hold a field, or `env.` and a variable of the environment', 'as in `{env.LAMPS}/lamps/{id}`');
  if (!/^(?:https?:\/\/|\{env\.\w+\})/.test(written))
    say('it is no address', 'begin with `http://`, `https://` or `{env.NAME}`');
  for (const name of names) {
    if (name === 'id' || given.includes(name)) continue;
    const link = model.links.find((one) => one.name === name);
    if (link !== undefined) {
      say(`\`{${name}}\` is a link, and no text`, 'keep what is needed of it in a field of its own');
      continue;
    }
    const field = fieldNamed(name, model, say);
    if (field?.state === 'feedback')
      say(
        `\`{${name}}\` is feedback: it is empty before the resource is made`,
        'where the back end chooses it, say `option rest_create = "…"`',
      );
  }
}

/** Go through a link to a field of what it leads to. */
function throughLink(
  link: string,
  name: string,
  model: ModelDefinition,
  models: Models,
  say: Say,
): { readonly link: LinkDefinition; readonly peer: string; readonly field: FieldDefinition } | undefined {
  const found = linkNamed(link, model, say);
  if (found === undefined) return undefined;
  const peer = models.get(found.narrowed ?? found.peer);
  const field = peer && fieldNamed(name, peer, say);
  return field && { link: found, peer: peer.name, field };
}

function linkNamed(
  name: string,
  { name: model, links }: ModelDefinition,
  say: Say,
): LinkDefinition | undefined {
  const single = links.filter(({ kind }) => kind !== 'manytomany');
  const link = single.find((one) => one.name === name);
  if (link !== undefined) return link;
  const isMany = links.some((one) => one.name === name);
  say(
    isMany ? `\`${name}\` of ${model} leads to many` : `${model} has no link \`${name}\``,
    guessOf(name, single),
  );
  return undefined;
}

function fieldNamed(
  name: string,
  { name: model, fields }: ModelDefinition,
  say: Say,
): FieldDefinition | undefined {
  const field = fields.find((one) => one.name === name);
  if (field === undefined) say(`${model} has no field \`${name}\``, guessOf(name, fields));
  return field;
}

function guessOf(name: string, all: readonly { readonly name: string }[]): string {
  const names = all.map((one) => one.name);
  const guess = nearest(name, names);
  if (guess !== undefined) return `did you mean \`${guess}\`?`;
  return names.length === 0 ? 'there is none to choose from' : `known are ${names.join(', ')}`;
}

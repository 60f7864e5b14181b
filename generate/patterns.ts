import type { ModelDefinition } from '../model/definition.ts';
import { readDefaults, readGates, type Default, type Gate } from '../model/pattern-options.ts';

/** What a model's own options say of how it is made real. */
export interface Pattern {
  readonly does: 'mirror' | 'playbook' | 'rest';
  /** For `rest`: the address of its resource, with fields in braces: `http://lamps.example/lamps/{id}`. */
  readonly url?: string;
  /** For `rest`, where the back end chooses ids. */
  readonly create?: RestCreate;
  /** What must be there first: links, each with the field that is needed of what they lead to. */
  readonly gates: readonly Gate[];
}

export interface RestCreate {
  /** Where POST makes it. */
  readonly url: string;
  /** The feedback field that keeps its id. */
  readonly idField: string;
  /** Where it is found before its id is known. */
  readonly find?: string;
}

/** What the policy of a model does by its options. */
export interface PolicyPattern {
  /** The link to a machine of its own. */
  readonly instance?: string;
  /** Links that are filled in when nobody has. */
  readonly defaults: readonly Default[];
}

/**
 * Read the options of a model that say which pattern its step follows.
 *
 * `pattern = "rest" | "playbook" | "mirror"`, `rest_url = "…/{id}"`, `rest_create`, `rest_id`, `rest_find`,
 * `ready_when = "owner.backend_handle, instance.ip"`.
 * Without a pattern, an address means REST, shares of a service have a playbook, and others are mirrored.
 */
export function patternOf({ options, bases }: ModelDefinition): Pattern {
  const { rest_create: collection, rest_id: idField = 'backend_handle', rest_find: find } = options;
  const url = options['rest_url'] ?? (collection && `${collection}/{${idField}}`);
  const usual = url !== undefined ? 'rest' : bases.includes('ServiceInstance') ? 'playbook' : 'mirror';
  const named = options['pattern'];
  const does = named === 'rest' || named === 'playbook' || named === 'mirror' ? named : usual;
  return {
    does,
    gates: readGates(options['ready_when'] ?? '').gates,
    ...(url !== undefined && { url }),
    ...(collection !== undefined && {
      create: { url: collection, idField, ...(find !== undefined && { find }) },
    }),
  };
}

/** Read the options that say what the policy of a model does: `with_instance = "instance"`, `pick_default = "…"`. */
export function policyPatternOf({ options }: ModelDefinition): PolicyPattern {
  const instance = options['with_instance'];
  const { defaults } = readDefaults(options['pick_default'] ?? '');
  // It is written into code as it is: no word, no link.
  return { defaults, ...(instance !== undefined && /^[A-Za-z_]\w*$/.test(instance) && { instance }) };
}

/** Lines of code that defer until what is needed is there. */
export function gateLines({ gates }: Pattern, indent = '    '): string[] {
  return gates.map(({ link, field }) => `${indent}ready(await follow(object.${link}), '${field}');`);
}

/** An address with fields in braces, as code: a template that escapes each. */
export function urlCode(url: string): string {
  const text = url.replace(/[`\\]|\$\{/g, (found) => `\\${found}`);
  return `\`${text.replace(/\{(?:env\.(\w+)|([A-Za-z_]\w*))\}/g, (_, variable?: string, field?: string) =>
    variable === undefined
      ? `\${encodeURIComponent(String(object.${field ?? ''}))}`
      : `\${process.env['${variable}'] ?? ''}`,
  )}\``;
}

import type { ModelDefinition } from '../model/definition.ts';

/** What a model's own options say of how it is made real. */
export interface Pattern {
  readonly does: 'mirror' | 'playbook' | 'rest';
  /** For `rest`: the address of its resource, with fields in braces: `http://lamps.example/lamps/{id}`. */
  readonly url?: string;
  /** What must be there first: links, each with the field that is needed of what they lead to. */
  readonly gates: readonly { readonly link: string; readonly field: string }[];
}

/**
 * Read the options of a model that say which pattern its step follows.
 *
 * `pattern = "rest" | "playbook" | "mirror"`, `rest_url = "…/{id}"`, `ready_when = "owner.backend_handle, instance.ip"`.
 * Without a pattern, a `rest_url` means REST, shares of a service have a playbook, and others are mirrored.
 */
export function patternOf({ options, bases }: ModelDefinition): Pattern {
  const url = options['rest_url'];
  const usual = url !== undefined ? 'rest' : bases.includes('ServiceInstance') ? 'playbook' : 'mirror';
  const named = options['pattern'];
  const does = named === 'rest' || named === 'playbook' || named === 'mirror' ? named : usual;
  const gates = (options['ready_when'] ?? '')
    .split(',')
    .map((way) => /^\s*(\w+)\.(\w+)\s*$/.exec(way))
    .flatMap((found) => (found === null ? [] : [{ link: found[1] ?? '', field: found[2] ?? '' }]));
  return { does, gates, ...(url !== undefined && { url }) };
}

/** Lines of code that defer until what is needed is there. */
export function gateLines({ gates }: Pattern, indent = '    '): string[] {
  return gates.map(({ link, field }) => `${indent}ready(await follow(object.${link}), '${field}');`);
}

/** An address with fields in braces, as code: a template that escapes each. */
export function urlCode(url: string): string {
  const text = url.replace(/[`\\]|\$\{/g, (found) => `\\${found}`);
  return `\`${text.replace(/\{(?:env\.(\w+)|(\w+))\}/g, (_, variable?: string, field?: string) =>
    variable === undefined
      ? `\${encodeURIComponent(String(object.${field ?? ''}))}`
      : `\${process.env['${variable}'] ?? ''}`,
  )}\``;
}

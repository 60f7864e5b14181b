import type { XosLink } from './definition.ts';
import type { Fault } from './places.ts';
import { quotable } from './strings.ts';
import type { OptionValue, Word } from './syntax-tree.ts';

/** What a path through links needs to know of the models. */
export interface Paths {
  readonly hasModel: (name: string) => boolean;
  /** The model at the other end of a link or reverse name; `undefined` when `model` has none of that name. */
  readonly follow: (model: string, accessor: string) => string | undefined;
  readonly hasMember: (model: string, name: string) => boolean;
  readonly isKin: (a: string, b: string) => boolean;
  /** True also for a model and itself. */
  readonly isDescendant: (model: string, base: string) => boolean;
  readonly suggest: (
    word: Word,
    among: 'models' | { readonly accessorsOf: string } | { readonly membersOf: string },
  ) => string | undefined;
}

/** Parse `"Instance via instance into ip, Port via network.links"` of `model` and follow each path. */
export function parseXosLinks(
  model: string,
  option: OptionValue,
  paths: Paths,
  say: (word: Word, fault: Fault) => void,
): XosLink[] {
  const links: XosLink[] = [];
  for (const part of option.text.split(',')) {
    const match = /^\s*([A-Za-z_]\w*)\s+via\s+([\w.]+)(?:\s+into\s+(\w+))?\s*$/.exec(part);
    const [, target = '', via = '', into] = match ?? [];
    if (match === null) {
      const message = `\`${quotable(part.trim())}\` is not of the form \`Model via link into field\``;
      say(option, { code: 'bad-xos-link', message, hint: '`into field` may be left out' });
      continue;
    }
    const fault = faultOf(model, { target, via, into }, option, paths);
    if (fault) say(option, fault);
    else links.push({ model: target, via, ...(into !== undefined && { into }) });
  }
  return links;
}

interface Written {
  readonly target: string;
  readonly via: string;
  readonly into: string | undefined;
}

function faultOf(
  model: string,
  { target, via, into }: Written,
  option: OptionValue,
  paths: Paths,
): Fault | undefined {
  const at = (text: string): Word => ({ ...option, text });
  const code = 'bad-xos-link';
  if (!paths.hasModel(target)) {
    return {
      code,
      message: `xos_links names \`${target}\`, which is no known model`,
      hint: paths.suggest(at(target), 'models'),
    };
  }
  let here = model;
  for (const accessor of via.split('.')) {
    const next = paths.follow(here, accessor);
    if (next === undefined) {
      const message = `xos_links goes via \`${via}\`, but \`${here}\` has no link \`${accessor}\``;
      return { code, message, hint: paths.suggest(at(accessor), { accessorsOf: here }) };
    }
    here = next;
  }
  if (!paths.isKin(here, target)) {
    return {
      code,
      message: `xos_links goes via \`${via}\`, which leads to \`${here}\` and not to \`${target}\``,
    };
  }
  if (into !== undefined && !paths.hasMember(target, into)) {
    const hint = paths.suggest(at(into), { membersOf: target });
    return { code, message: `xos_links leads into \`${into}\`, which \`${target}\` does not have`, hint };
  }
  return undefined;
}

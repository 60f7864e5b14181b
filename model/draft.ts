import type { LinkNode, MemberNode, Modifier, OptionNode, Word } from './syntax-tree.ts';

/** One statement as far as it was understood: the grammar fills in what it finds, in the order of the text. */
export interface Draft {
  name?: Word;
  rule?: Word;
  readonly bases: Word[];
  modifier?: Word;
  type?: Word;
  link?: Word;
  peer?: Word;
  through?: Word;
  reverse?: NonNullable<LinkNode['reverse']>;
  number?: Word;
  reverseNumber?: Word;
  text?: Word;
  readonly options: OptionNode[];
}

export function createDraft(): Draft {
  return { bases: [], options: [] };
}

/**
 * Make a member of what is known of it: whole when only its options, its modifier or its end were at fault,
 * broken when something is missing that its meaning rests on. Without a name there is nothing to make.
 */
export function memberOf(draft: Draft, of: 'field' | 'link'): MemberNode | undefined {
  const { name, type, link, peer, number, options } = draft;
  if (name === undefined) return undefined;
  const modifier = (draft.modifier?.text ?? 'optional') as Modifier;
  if (of === 'field' && type !== undefined && number !== undefined) {
    const rule = draft.rule && { rule: draft.rule };
    return { kind: 'field', modifier, type, name, ...rule, number, options };
  }
  const kind = linkKind(link?.text);
  if (of === 'link' && kind !== undefined && peer !== undefined && number !== undefined) {
    const { through, reverse, reverseNumber } = draft;
    return {
      kind: 'link',
      modifier,
      link: kind,
      name,
      peer,
      ...(through && { through }),
      ...(reverse && { reverse }),
      number,
      ...(reverseNumber && { reverseNumber }),
      options,
    };
  }
  return { kind: 'broken', of, name };
}

function linkKind(text: string | undefined): LinkNode['link'] | undefined {
  return text === 'manytoone' || text === 'manytomany' || text === 'onetoone' ? text : undefined;
}

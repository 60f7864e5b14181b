import { isDeepStrictEqual } from 'node:util';
import type { FieldDefinition, LinkDefinition, ModelDefinition } from '../model/definition.ts';
import { groupsOf } from './keys.ts';

type Member = FieldDefinition | LinkDefinition;

/** How one form of a model differs from another, as far as stored objects are concerned. */
export interface ModelChange {
  readonly model: string;
  /** Came, went, or are of another kind: in words, for people. */
  readonly lines: readonly string[];
  /** The fields and links whose stored values may not fit. */
  readonly suspects: ReadonlySet<string>;
  /** Links that were to one and are to many, and the other way round. */
  readonly toMany: readonly string[];
  readonly toOne: readonly string[];
  /** Fields that people wrote and steps write now, and the other way round. */
  readonly toFeedback: readonly string[];
  readonly toDeclarative: readonly string[];
  /** Some link has come, gone, or changed its kind. */
  readonly hasOtherLinks: boolean;
  /** Other values must be unique than before. */
  readonly hasOtherKeys: boolean;
}

/** Compare two forms of a model. Texts for people do not count. */
export function compareModels(before: ModelDefinition, after: ModelDefinition): ModelChange {
  const old = membersOf(before);
  const now = membersOf(after);
  const came = [...now.keys()].filter((name) => !old.has(name));
  const went = [...old.keys()].filter((name) => !now.has(name));
  const stayed = [...now.keys()].filter((name) => old.has(name));
  const changed = stayed.filter((name) => !isDeepStrictEqual(shapeOf(old.get(name)), shapeOf(now.get(name))));

  const turned = (test: (was: Member, is: Member) => boolean): string[] =>
    changed.filter((name) => {
      const [was, is] = [old.get(name), now.get(name)];
      return was !== undefined && is !== undefined && test(was, is);
    });
  const isMany = (member: Member): boolean => 'kind' in member && member.kind === 'manytomany';
  const isLink = (name: string): boolean => 'kind' in (now.get(name) ?? old.get(name) ?? {});

  return {
    model: after.name,
    lines: [
      ...came.map((name) => `+ ${name}`),
      ...went.map((name) => `- ${name}`),
      ...changed.map((name) => `~ ${name}`),
    ],
    suspects: new Set([...came, ...changed]),
    toMany: turned((was, is) => 'kind' in was && 'kind' in is && !isMany(was) && isMany(is)),
    toOne: turned((was, is) => 'kind' in was && 'kind' in is && isMany(was) && !isMany(is)),
    toFeedback: turned((was, is) => was.state === 'declarative' && is.state === 'feedback'),
    toDeclarative: turned((was, is) => was.state === 'feedback' && is.state === 'declarative'),
    hasOtherLinks: [...came, ...went, ...changed].some(isLink),
    hasOtherKeys: !isDeepStrictEqual(groupsOf(before), groupsOf(after)),
  };
}

const membersOf = (model: ModelDefinition): Map<string, Member> =>
  new Map([...model.fields, ...model.links].map((member) => [member.name, member]));

/** What decides whether a value fits. */
function shapeOf(member: Member | undefined): unknown {
  return { ...member, helpText: '', verboseName: '', secret: false };
}

import type { ModelDefinition, Ref } from '../../model/definition.ts';
import { readModelDeps } from '../../plan/model-deps.ts';
import { field, link, model } from '../support/models.ts';

const fields = [
  field('life', { default: '' }),
  // Which object of its life it is: what befalls it follows from that.
  field('serial', { type: 'int32', default: 0 }),
  // Never the same twice: by it the back end tells one goal from another.
  field('n', { type: 'int32', default: 0 }),
  // What searches go by.
  field('color', { nullable: true, blank: true }),
  // The policy's object that made it; 0: a person did.
  field('maker', { type: 'int64', default: 0 }),
  field('backend_handle', { state: 'feedback', nullable: true }),
  field('echo', { type: 'int32', state: 'feedback', nullable: true }),
];

/**
 * Nine models of two synchronizers: links across both, two links to one model, links to itself, a list of links; with
 * a step, a policy, both, or neither.
 */
export const FIRST: readonly ModelDefinition[] = [
  model('Site', { fields, links: [link('parent', 'Site')] }),
  model('Net', { fields, links: [link('site', 'Site'), link('uplink', 'Net')] }),
  model('Note', { fields, links: [link('site', 'Site')] }),
  model('Tenant', {
    fields: [...fields, field('want', { type: 'int32', default: 0 })],
    links: [link('site', 'Site')],
  }),
  model('Part', { fields, links: [link('site', 'Site')] }),
];
export const SECOND: readonly ModelDefinition[] = [
  model('Host', {
    fields: [...fields, field('planned', { type: 'int32', default: 0 })],
    links: [link('front', 'Net'), link('back', 'Net'), link('site', 'Site'), link('note', 'Note')],
  }),
  model('Service', {
    fields,
    links: [link('hosts', 'Host', { kind: 'manytomany' }), link('needs', 'Service'), link('plan', 'Plan')],
  }),
  model('Plan', { fields, links: [link('site', 'Site')] }),
];
export const MODELS: readonly ModelDefinition[] = [...FIRST, ...SECOND];

/** A host depends on the site of its front net, too, and not on its note. */
export const { deps: MODEL_DEPS } = readModelDeps({
  Host: [
    ['Net', 'front'],
    ['Net', 'back'],
    ['Site', 'site'],
    ['Site', 'front.site'],
  ],
});

export const WITH_STEP: readonly string[] = ['Site', 'Net', 'Tenant', 'Part', 'Host', 'Service'];
export const WITH_POLICY: readonly string[] = ['Tenant', 'Plan'];

/** What people create; parts are made by tenants. */
export const BY_PEOPLE: readonly string[] = MODELS.map(({ name }) => name).filter((name) => name !== 'Part');

/** Any object here, as author code sees it: the lives are about what happens, not about types. */
export interface Seen extends Ref {
  readonly life: string;
  readonly serial: number;
  readonly n: number;
  readonly color: string | null;
  readonly maker: number;
  readonly want: number;
  readonly echo: number | null;
  readonly [field: string]: unknown;
}

export const definitionOf = (name: string): ModelDefinition => {
  const definition = MODELS.find((one) => one.name === name);
  if (definition === undefined) throw new Error(`there is no model ${name}`);
  return definition;
};

/** The goal of an object: its declarative values, as one string. */
export function goalOf(object: Ref & Readonly<Record<string, unknown>>): string {
  const { fields: its, links } = definitionOf(object.model);
  const names = [...its.filter(({ state }) => state === 'declarative'), ...links].map(({ name }) => name);
  return JSON.stringify(names.map((name) => [name, plain(object[name])]));
}

const plain = (value: unknown): unknown =>
  Array.isArray(value) ? value.map(plain) : isRef(value) ? value.id : (value ?? null);

/** The ids that these links of an object lead to. @default all of them */
export function linkedBy(
  object: Readonly<Record<string, unknown>>,
  names: readonly string[] = Object.keys(object),
): number[] {
  return names.flatMap((name) => [object[name]].flat()).flatMap((value) => (isRef(value) ? [value.id] : []));
}

export const isRef = (value: unknown): value is Ref =>
  typeof value === 'object' && value !== null && 'id' in value && 'model' in value;

export const nameOf = ({ model: name, id }: Ref): string => `${name}/${id}`;

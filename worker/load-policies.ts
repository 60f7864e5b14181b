import type { Model } from '../define/model.ts';
import type { AnyPolicy } from '../define/synchronizer.ts';
import type { ModelDefinition } from '../model/definition.ts';
import { nearest } from '../model/suggest.ts';

/** Take the policies of a synchronizer by model, and find what is wrong with them. */
export function loadPolicies(
  given: readonly AnyPolicy[],
  models: readonly ModelDefinition[],
): { readonly policies: ReadonlyMap<string, AnyPolicy>; readonly faults: readonly string[] } {
  const policies = new Map<string, AnyPolicy>();
  const faults: string[] = [];
  for (const policy of given) {
    const { name } = policy.model as Model;
    faults.push(...faultsOf(policy, name, models));
    if (policies.has(name)) faults.push(`two policies answer for ${name}: a model has at most one`);
    policies.set(name, policy);
  }
  return { policies, faults };
}

const HANDLERS = ['handleCreate', 'handleUpdate', 'handleDelete'] as const;

function faultsOf(policy: AnyPolicy, name: string, models: readonly ModelDefinition[]): string[] {
  const definition = models.find((model) => model.name === name);
  if (definition === undefined) {
    const names = models.map((model) => model.name);
    const guess = nearest(name, names);
    return [
      `a policy answers for ${name}, which no xproto declares${guess === undefined ? '' : `; did you mean ${guess}?`}`,
    ];
  }
  if (definition.abstract) {
    return [`a policy answers for ${name}, which is abstract: it has no objects of its own`];
  }
  if (HANDLERS.some((handler) => policy[handler] !== undefined)) return [];
  return [`the policy for ${name} has no handleCreate, handleUpdate or handleDelete: it would do nothing`];
}

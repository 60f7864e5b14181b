export type { Logger, PolicyContext, Reader, SelectContext, StepContext } from './context.ts';
export { DeferredException, PermanentException } from './errors.ts';
export {
  defineModel,
  type FeedbackOf,
  type Model,
  type NewOf,
  type ObjectOf,
  type Ref,
  type StateOf,
} from './model.ts';
export { policy, type Policy } from './policy.ts';
export { ready } from './ready.ts';
export { restStep, type RestCreation, type RestStep } from './rest.ts';
export {
  ansibleStep,
  instanceStep,
  skip,
  step,
  type AnsibleStep,
  type Attributes,
  type InstanceStep,
  type Step,
} from './step.ts';
export { defineSynchronizer, type Synchronizer } from './synchronizer.ts';
export type { Target, TargetFile, TargetInput } from './target.ts';
export { modelLink, watcher, type ModelLink, type WatchedEvent, type Watcher } from './watcher.ts';

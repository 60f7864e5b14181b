import { termsOf } from '../activities/index.ts';
import type { AnyStep } from '../define/synchronizer.ts';
import type { ModelTraits, Registration } from '../store/registration.ts';
import { DEFAULTS } from '../config.ts';
import type { SynchronizerConfig } from '../synchronizer-config.ts';
import type { LoadedSynchronizer } from './load-synchronizer.ts';

/** What of a synchronizer's settings is registered with it. */
export interface RegisteredSettings extends Partial<
  Pick<SynchronizerConfig, 'version' | 'disabled' | 'pretend'>
> {
  /** How long Temporal waits for a sign of life. @default 30_000 @format milliseconds */
  readonly heartbeatMs?: number;
}

/** What a worker registers of its synchronizer. */
export function registrationOf(
  { name, models, steps, policies, modelDeps, watchers, pollers }: LoadedSynchronizer,
  { version = 0, disabled = false, pretend = false, heartbeatMs = DEFAULTS.heartbeatMs }: RegisteredSettings,
): Registration {
  return {
    synchronizer: name,
    version,
    disabled,
    pretend,
    models: models.map((definition) => ({
      definition,
      hasStep: steps.has(definition.name),
      hasPolicy: policies.has(definition.name),
      traits: traitsOf(steps.get(definition.name), policies.has(definition.name), heartbeatMs),
    })),
    modelDeps,
    watchers: [...watchers.values()].map(({ name: watcher, synchronizes, watched }) => ({
      name: watcher,
      synchronizes,
      watched,
    })),
    pollers: [...pollers.values()].map(({ name: poller, models: its, everyMs }) => ({
      name: poller,
      models: its,
      everyMs,
    })),
  };
}

/** What the engine must know of a model's step and policy besides that they are there. */
function traitsOf(step: AnyStep | undefined, hasPolicy: boolean, heartbeatMs: number): ModelTraits {
  return {
    ...(step === undefined && !hasPolicy ? {} : { terms: termsOf('sync', step, heartbeatMs) }),
    ...(step?.resyncEveryMs === undefined ? {} : { resyncEveryMs: step.resyncEveryMs }),
    ...(step?.dependsOn === undefined ? {} : { dependsOn: true }),
  };
}

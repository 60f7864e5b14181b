import { temporalTargetOf } from '../client/temporal-target.ts';
import type { TemporalTarget } from '../client/temporal.ts';
import { givenIn, readConfig, type Environment } from '../config.ts';

/** What the environment names of the parts that run elsewhere; undefined: they are provided here. */
export interface Given {
  readonly databaseUrl: string | undefined;
  readonly temporal: TemporalTarget | undefined;
  /** Where its Web UI is. */
  readonly temporalUi: string | undefined;
}

/**
 * Read what runs elsewhere, as the server and the workers do: by variables or by files, with TLS and keys.
 *
 * @throws {ConfigError} naming every fault of the environment at once
 */
export function partsGiven(environment: Environment = process.env): Given {
  const config = readConfig(environment);
  // Its address has a default, which nobody has given.
  const isNamed = givenIn(environment, 'TEMPORAL_ADDRESS') !== undefined;
  return {
    databaseUrl: config.databaseUrl,
    temporal: isNamed ? temporalTargetOf(config, environment) : undefined,
    temporalUi: config.temporalUi,
  };
}

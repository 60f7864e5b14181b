import { loadClientConnectConfig } from '@temporalio/envconfig';
import { ConfigError, type Config, type Environment } from '../config.ts';
import type { TemporalTarget } from './temporal.ts';

/**
 * Say where Temporal is, and how it is spoken to.
 *
 * TLS, certificates and an API key are named as for all of Temporal's own programs: `TEMPORAL_API_KEY`, `TEMPORAL_TLS`,
 * `TEMPORAL_TLS_CLIENT_CERT_PATH` and the like. Its configuration file is not read: a process is configured by its
 * environment alone.
 *
 * @throws {ConfigError} when a certificate or a key that is named cannot be read
 */
export function temporalTargetOf(config: Config, environment: Environment = process.env): TemporalTarget {
  const { temporalAddress: address, temporalNamespace: namespace, publicUrl } = config;
  const given = Object.entries(environment).filter(
    (entry): entry is [string, string] => (entry[1] ?? '') !== '',
  );
  try {
    const { connectionOptions } = loadClientConnectConfig({
      disableFile: true,
      overrideEnvVars: Object.fromEntries(given),
    });
    const { tls, apiKey, metadata } = connectionOptions;
    const credentials = {
      ...(tls !== undefined && { tls }),
      ...(apiKey !== undefined && { apiKey }),
      ...(metadata !== undefined && { metadata }),
    };
    return { address, namespace, credentials, ...(publicUrl !== undefined && { publicUrl }) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError([`the variables TEMPORAL_TLS… cannot be followed: ${reason}`]);
  }
}

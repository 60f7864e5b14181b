import type { Client } from '@temporalio/client';
import type { Log } from '../log.ts';
import { MODEL, OBJECT_ID, SYNC_STATE, SYNCHRONIZER } from '../workflows/search-attributes.ts';
import { answered } from './temporal.ts';

/** Of temporal.api.enums.v1.IndexedValueType. */
const KEYWORD = 2;

/**
 * Register the search attributes that are missing, by which people find workflows (design 3.4).
 *
 * Where that is not allowed, somebody else may do it at any time: until then work goes on without them.
 */
export async function ensureSearchAttributes(client: Client, log: Log): Promise<void> {
  const { operatorService } = client.connection;
  const { namespace } = client.options;
  const wanted = [SYNCHRONIZER, MODEL, OBJECT_ID, SYNC_STATE].map(({ name }) => name);
  try {
    const { customAttributes } = await answered(client, () =>
      operatorService.listSearchAttributes({ namespace }),
    );
    const missing = wanted.filter((name) => !Object.hasOwn(customAttributes, name));
    if (missing.length === 0) return;
    const searchAttributes = Object.fromEntries(missing.map((name) => [name, KEYWORD]));
    await answered(client, () => operatorService.addSearchAttributes({ namespace, searchAttributes }));
    log.info({ namespace, missing }, 'search attributes were registered with temporal');
  } catch (error) {
    log.warn(
      { err: error, namespace, wanted },
      'search attributes could not be registered with temporal; it lists workflows without them',
    );
  }
}

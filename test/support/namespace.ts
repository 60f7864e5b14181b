import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { inject } from 'vitest';
import { MODEL, OBJECT_ID, SYNC_STATE, SYNCHRONIZER } from '../../workflows/search-attributes.ts';

export interface TestNamespace {
  readonly address: string;
  readonly namespace: string;
  /** Sees this namespace alone. */
  readonly client: Client;
  registerSearchAttributes(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Make a namespace of its own in the Temporal of the run.
 *
 * Workflow ids and task queues are made of the names of models and synchronizers: where real synchronizers run,
 * nothing else keeps two test files apart.
 */
export async function createNamespace(
  options: {
    /** @default true */
    readonly hasSearchAttributes?: boolean;
    /** Others take all the room that a SQL store has for them. */
    readonly isFull?: boolean;
  } = {},
): Promise<TestNamespace> {
  const address = inject('temporalAddress');
  const namespace = `test-${randomBytes(4).toString('hex')}`;
  const connection = await Connection.connect({ address });
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as unknown as Long },
  });
  const register = async (names: readonly string[]): Promise<void> => {
    const searchAttributes = Object.fromEntries(names.map((name) => [name, KEYWORD]));
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  };
  const registerSearchAttributes = (): Promise<void> =>
    register([SYNCHRONIZER, MODEL, OBJECT_ID, SYNC_STATE].map(({ name }) => name));
  if (options.isFull === true) await register(Array.from({ length: 10 }, (_, index) => `Other${index}`));
  else if (options.hasSearchAttributes !== false) await registerSearchAttributes();
  return {
    address,
    namespace,
    client: new Client({ connection, namespace }),
    registerSearchAttributes,
    close: () => connection.close(),
  };
}

type Long = NonNullable<
  NonNullable<
    Parameters<Connection['workflowService']['registerNamespace']>[0]['workflowExecutionRetentionPeriod']
  >['seconds']
>;

/** Of temporal.api.enums.v1.IndexedValueType. */
const KEYWORD = 2;

import {
  Client,
  Connection,
  type ConnectionOptions,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
  ServiceError,
} from '@temporalio/client';
import { linkedTo } from './page-link.ts';

// The codes of gRPC that mean something to us.
const status = {
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  RESOURCE_EXHAUSTED: 8,
  UNAVAILABLE: 14,
};

/** Where Temporal is. */
export interface TemporalTarget {
  readonly address: string;
  readonly namespace: string;
  /** How it is spoken to; absent: in plain text, as on loopback. */
  readonly credentials?: Pick<ConnectionOptions, 'tls' | 'metadata'> & { readonly apiKey?: string };
  /** Base address under which people open the server: what is started there leads to its page. */
  readonly publicUrl?: string;
}

export interface TemporalClient {
  readonly client: Client;
  readonly address: string;
  readonly close: () => Promise<void>;
}

/** Open a client that connects with its first call, and again by itself after an outage. */
export function openTemporal({ address, namespace, credentials, publicUrl }: TemporalTarget): TemporalClient {
  const connection = Connection.lazy({
    address,
    ...credentials,
    // By default ten tries, which take 20 s, before anybody hears that Temporal is away.
    interceptors: [makeGrpcRetryInterceptor(defaultGrpcRetryOptions({ maxAttempts: 3 }))],
    // By default up to two minutes, as long as which a Temporal that is back would not be noticed.
    channelArgs: { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 5_000 },
  });
  const interceptors = publicUrl === undefined ? {} : { workflow: [linkedTo(publicUrl)] };
  const client = new Client({ connection, namespace, interceptors });
  return { client, address, close: () => connection.close() };
}

/** A Temporal that has said nothing for so long says nothing at all. */
const SILENCE_MS = 10_000;

/** Call Temporal, and take silence for an outage: gRPC by itself waits for ever. */
export const answered = <T>(client: Client, call: () => Promise<T>, silenceMs = SILENCE_MS): Promise<T> =>
  client.withDeadline(Date.now() + silenceMs, call);

/** The gRPC status of a failed call; undefined when the failure was not one of a call. */
function grpcCode(error: unknown): number | undefined {
  const cause: unknown = error instanceof ServiceError ? error.cause : error;
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return undefined;
  return typeof cause.code === 'number' ? cause.code : undefined;
}

/** Temporal cannot be asked at all now, or asks for patience: no single call is to blame. */
export function isOutage(error: unknown): boolean {
  const code = grpcCode(error);
  return (
    code === status.UNAVAILABLE || code === status.DEADLINE_EXCEEDED || code === status.RESOURCE_EXHAUSTED
  );
}

/** A search attribute is not registered with this Temporal. */
export function isUnregisteredAttribute(error: unknown): boolean {
  const text = error instanceof Error ? `${error.message} ${String(error.cause)}` : '';
  return grpcCode(error) === status.INVALID_ARGUMENT && /search attribute/i.test(text);
}

/** The workflow that was asked for does not exist, or is closed. */
export const isNotFound = (error: unknown): boolean =>
  (error instanceof Error && error.name === 'WorkflowNotFoundError') || grpcCode(error) === status.NOT_FOUND;

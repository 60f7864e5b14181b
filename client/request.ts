import type { Fault } from '../store/errors.ts';
import type { ApiErrorBody, ApiObject } from './wire.ts';

export interface ClientOptions {
  /** Base address of the server, as in `http://127.0.0.1:8000`. */
  readonly server: string;
  readonly token?: string | undefined;
  /** @default the global one */
  readonly fetch?: typeof fetch;
  /** Longest time that one request may take. @default 30 seconds @format milliseconds */
  readonly timeoutMs?: number;
}

/**
 * What is done to each of ten thousand objects, on a slow machine, may take so long. Node's own fetch waits for half of it at
 * most until an answer begins. @format milliseconds
 */
export const LONG_MS = 600_000;

/** The server answered, and not with success. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** `E_INVALID`, `E_STALE`, …; `E_HTTP` when the answer is not Accord's. */
  readonly code: string;
  readonly faults: readonly Fault[];
  readonly current: ApiObject | undefined;
  readonly dependents: readonly string[];

  constructor(status: number, error: ApiErrorBody['error']) {
    super(error.message);
    this.status = status;
    this.code = error.code;
    this.faults = error.faults;
    this.current = error.current;
    this.dependents = error.dependents ?? [];
  }
}

/** No answer: nothing listens there, or not in time. */
export class ServerUnavailable extends Error {
  override readonly name = 'ServerUnavailable';
  readonly code = 'E_SERVER_UNAVAILABLE';
  readonly server: string;

  constructor(server: string, cause: unknown) {
    super(`the server at ${server} cannot be reached: ${innermost(cause)}`, { cause });
    this.server = server;
  }
}

/** What is sent besides method and path. */
export interface Content {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** @default that of the client */
  readonly timeoutMs?: number;
}

/** Send one request to the server, and parse what it answers. */
export type Ask = <T>(method: string, path: string, content?: Content) => Promise<T>;

/** Say how requests of this client are sent. Each throws {@link ApiError} or {@link ServerUnavailable}. */
export function createAsk(options: ClientOptions): Ask {
  return (method, path, content) => request(options, method, path, content);
}

async function request<T>(
  options: ClientOptions,
  method: string,
  path: string,
  content: Content = {},
): Promise<T> {
  const server = options.server.replace(/\/+$/, '');
  const call = options.fetch ?? fetch;
  let response: Response;
  let body: string;
  try {
    response = await call(server + path, {
      method,
      headers: {
        accept: 'application/json',
        ...(content.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
        ...content.headers,
      },
      ...(content.body === undefined ? {} : { body: JSON.stringify(content.body) }),
      signal: AbortSignal.timeout(content.timeoutMs ?? options.timeoutMs ?? 30_000),
    });
    body = await response.text();
  } catch (cause) {
    throw new ServerUnavailable(server, cause);
  }
  const answer = parse(body);
  if (response.ok && answer !== undefined) return answer as T;
  throw errorOf(server, response.status, body);
}

/** What the server answered in place of a success. */
export function errorOf(server: string, status: number, body: string): ApiError {
  return new ApiError(status, errorIn(parse(body)) ?? foreign(server, status));
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function errorIn(answer: unknown): ApiErrorBody['error'] | undefined {
  const body = answer as Partial<ApiErrorBody> | null | undefined;
  return typeof body?.error?.message === 'string' ? body.error : undefined;
}

/** What does not come from Accord, but from what is before it, Node's own reader of requests included. */
function foreign(server: string, status: number): ApiErrorBody['error'] {
  if (status === 414 || status === 431)
    return {
      code: 'E_TOO_LONG',
      message: `${server} answered ${status}: a name or a token is too long for a request`,
      faults: [],
    };
  const message = `${server} answered ${status}, and not as an Accord server does: is the address right?`;
  return { code: 'E_HTTP', message, faults: [] };
}

/** `fetch failed` says nothing; what it wraps does. */
function innermost(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.errors.length > 0) return innermost(error.errors[0]);
  return error.cause === undefined ? error.message : innermost(error.cause);
}

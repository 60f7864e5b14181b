import { DeferredException, PermanentException } from './errors.ts';

export interface RestRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly address: string;
  readonly signal: AbortSignal;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** JSON. */
  readonly body?: string;
  /** Statuses that are no fault besides those of success. */
  readonly expected?: readonly number[];
}

export interface RestAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** JSON, or as it is. */
  readonly body: unknown;
}

/**
 * Ask a back end.
 *
 * @throws {DeferredException} for 409, 423, 429 and 503, for as long as `Retry-After` says
 * @throws {PermanentException} for 400 and 422
 * @throws for anything else that is neither success nor expected
 */
export async function ask({
  method,
  address,
  signal,
  headers,
  body,
  expected = [],
}: RestRequest): Promise<RestAnswer> {
  const response = await fetch(address, {
    method,
    signal,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  const { status } = response;
  if (response.ok || expected.includes(status))
    return { status, headers: response.headers, body: parsed(text) };
  // What an address is asked with may be a secret: neither query nor password is told.
  const { origin, pathname } = new URL(address);
  const said = `${method} ${origin}${pathname} answered ${status}: ${text.slice(0, 200)}`;
  if ([409, 423, 429, 503].includes(status)) {
    const afterMs = retryAfterMs(response.headers.get('retry-after'));
    throw new DeferredException(said, afterMs === undefined ? {} : { afterMs });
  }
  if ([400, 422].includes(status)) throw new PermanentException(said);
  throw new Error(said);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const DAY_MS = 86_400_000;

/** Seconds, or a date; never more than a day. */
function retryAfterMs(header: string | null): number | undefined {
  if (header === null) return undefined;
  const seconds = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), DAY_MS) : undefined;
}

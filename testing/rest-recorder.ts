/** A back end in memory that any REST client gets along with: it keeps what it is given. */
export interface RestRecorder {
  /** What it holds, by address. */
  readonly resources: () => Readonly<Record<string, unknown>>;
  /** Every request, in order: `PUT http://…`. */
  readonly requests: readonly string[];
  readonly answer: (method: string, url: string, body: string) => Response;
  readonly clear: () => void;
}

/**
 * PUT keeps a resource, PATCH merges, POST makes a new one below its address with an `id`, GET and DELETE answer 404 for
 * what is not there. GET of an address that others lie below lists these, those that its query means. What POST has made
 * keeps its `id` where PUT says nothing of it.
 */
export function createRestRecorder(): RestRecorder {
  const held = new Map<string, unknown>();
  /** The ids that POST has chosen, by address. */
  const chosen = new Map<string, string>();
  const requests: string[] = [];
  let made = 0;
  const answers: Readonly<Record<string, (url: string, body: unknown) => Response>> = {
    GET: (url) => {
      if (held.has(url)) return respond(200, held.get(url));
      const { origin, pathname, searchParams } = new URL(url);
      const address = `${origin}${pathname}`;
      if (held.has(address)) return respond(200, held.get(address));
      const below = childrenOf(held, address);
      return below.length > 0 ? respond(200, matching(below, searchParams)) : respond(404);
    },
    PUT: (url, body) => {
      const status = held.has(url) ? 200 : 201;
      const id = chosen.get(url);
      held.set(url, id === undefined ? body : { id, ...asRecord(body) });
      return respond(status, held.get(url));
    },
    PATCH: (url, body) => {
      if (!held.has(url)) return respond(404);
      held.set(url, { ...asRecord(held.get(url)), ...asRecord(body) });
      return respond(200, held.get(url));
    },
    POST: (url, body) => {
      const id = String(++made);
      const resource = { id, ...asRecord(body) };
      const address = `${url.replace(/\/$/, '')}/${id}`;
      held.set(address, resource);
      chosen.set(address, id);
      return respond(201, resource, { location: address });
    },
    DELETE: (url) => {
      chosen.delete(url);
      return respond(held.delete(url) ? 204 : 404);
    },
  };
  return {
    resources: () => Object.fromEntries([...held].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    requests,
    answer(method, url, body) {
      requests.push(`${method} ${url}`);
      return answers[method]?.(url, parsed(body)) ?? respond(405);
    },
    clear() {
      held.clear();
      chosen.clear();
      requests.length = 0;
      made = 0;
    },
  };
}

function childrenOf(held: ReadonlyMap<string, unknown>, address: string): unknown[] {
  const start = `${address.replace(/\/$/, '')}/`;
  return [...held].flatMap(([one, value]) =>
    one.startsWith(start) && !one.slice(start.length).includes('/') ? [value] : [],
  );
}

/** A parameter that no resource has a field for filters nothing: real ones have `limit` and the like besides. */
function matching(resources: readonly unknown[], parameters: URLSearchParams): unknown[] {
  const records = resources.map(asRecord);
  const wanted = [...parameters].filter(([name]) => records.some((record) => name in record));
  return resources.filter((_, at) => wanted.every(([name, value]) => String(records[at]?.[name]) === value));
}

function respond(status: number, body?: unknown, headers: Record<string, string> = {}): Response {
  if (body === undefined || status === 204) return new Response(null, { status, headers });
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const type = typeof body === 'string' ? 'text/plain' : 'application/json';
  return new Response(text, { status, headers: { 'content-type': type, ...headers } });
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : { value };
}

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../random/random.ts';

/** What the back end has of a part. */
export interface Kept {
  readonly n: number;
  readonly uses: readonly number[];
  readonly fence: number;
}

/** What the back end was asked for, in the order in which it heard of it. */
export interface Call {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly id: number;
  readonly n: number;
  readonly uses: readonly number[];
  /** Of the attempt, and the process that makes it. */
  readonly fence: number;
  readonly pid: number;
  /** @format milliseconds */
  readonly at: number;
  /** Done; refused as out of date; put off; refused for good. */
  readonly verdict: 'done' | 'stale' | 'later' | 'never';
  /** When it began to answer that it is done. @format milliseconds */
  answeredAt?: number;
}

/** A back end that nobody kills: it notes what it was really asked for. */
export interface BackEnd {
  readonly url: string;
  /** By id. */
  readonly parts: ReadonlyMap<number, Kept>;
  readonly calls: readonly Call[];
  /** It has said that the part is made, and is this. */
  hasMade(id: number, n: number): boolean;
  /** It has been asked for the part, and has not said that it is gone. */
  mayHave(id: number): boolean;
  /** From now on neither slow nor failing. What it refuses for good, it still does. */
  calm(): void;
  /** From now on nothing is answered, until it lets go. */
  hang(): void;
  letGo(): void;
  /** Calls that hang. */
  hanging(): number;
  close(): Promise<void>;
}

/** What the back end never makes: its step throws a PermanentException. */
export const isRefused = (n: number): boolean => n % 10 === 0;

const STATUS = { done: 200, stale: 409, later: 425, never: 422 } as const;

export async function openBackEnd(random: Random): Promise<BackEnd> {
  const parts = new Map<number, Kept>();
  const fences = new Map<number, number>();
  const calls: Call[] = [];
  const made = new Map<number, Set<number>>();
  const unconfirmed = new Set<number>();
  let isCalm = false;
  let open = Promise.resolve();
  let letGo = (): void => undefined;
  let hanging = 0;

  const verdictOn = ({ method, id, n, fence }: Call): Call['verdict'] => {
    // Of somebody whose lease has gone to another: what it says is old.
    if (fence < (fences.get(id) ?? 0)) return 'stale';
    fences.set(id, fence);
    if (method === 'DELETE') return 'done';
    if (isRefused(n)) return 'never';
    return !isCalm && random.chance(0.02) ? 'later' : 'done';
  };
  const perform = ({ method, id, n, uses, fence }: Call): void => {
    if (method === 'DELETE') parts.delete(id);
    else parts.set(id, { n, uses, fence });
  };
  const confirm = (call: Call): void => {
    call.answeredAt = Date.now();
    if (call.method === 'DELETE') unconfirmed.delete(call.id);
    if (call.method !== 'PUT') return;
    const ones = made.get(call.id) ?? new Set();
    made.set(call.id, ones.add(call.n));
  };
  const moodMs = (): number => {
    if (isCalm || !random.chance(0.06)) return 0;
    // Now and then longer than a lease.
    return random.chance(0.03) ? 15_000 : random.int(1_000);
  };

  const server = createServer((request, response) => {
    void json(request)
      .then(async (body) => {
        const { n = 0, uses = [], fence, pid } = body as Partial<Call> & { fence: number; pid: number };
        const [method, id] = [request.method as Call['method'], Number(request.url?.split('/').at(-1))];
        const asked: Call = { method, id, n, uses, fence, pid, at: Date.now(), verdict: 'done' };
        const call: Call = { ...asked, verdict: verdictOn(asked) };
        calls.push(call);
        if (method !== 'DELETE' && call.verdict !== 'stale') unconfirmed.add(id);
        if (call.verdict === 'done') perform(call);
        hanging += 1;
        await open.finally(() => (hanging -= 1));
        const [ms, fails] = [moodMs(), !isCalm && random.chance(0.05)];
        if (ms > 0) await sleep(ms);
        // Done, and yet failed: whoever comes next must cope.
        if (call.verdict === 'done' && !fails) confirm(call);
        response.statusCode = fails ? 503 : STATUS[call.verdict];
        response.end();
      })
      // Whoever asked was killed amid the question.
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    parts,
    calls,
    hasMade: (id, n) => made.get(id)?.has(n) ?? false,
    mayHave: (id) => parts.has(id) || unconfirmed.has(id),
    calm() {
      isCalm = true;
    },
    hang() {
      open = new Promise((resolve) => (letGo = resolve));
    },
    letGo: () => letGo(),
    hanging: () => hanging,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../random/random.ts';

/** What the back end has of a part. */
export interface Kept {
  readonly n: number;
  readonly uses: readonly number[];
}

/** A back end that nobody kills: it notes what it was really asked for, and what should not have been asked. */
export interface BackEnd {
  readonly url: string;
  /** By id. */
  readonly parts: ReadonlyMap<number, Kept>;
  /** Calls so far. */
  calls(): number;
  /** Broken promises that can be seen from here, as sentences. */
  readonly problems: readonly string[];
  /** From now on neither slow nor failing. */
  calm(): void;
  close(): Promise<void>;
}

interface Call {
  readonly n?: number;
  readonly uses?: readonly number[];
  readonly fence: number;
  readonly pid: number;
}

export async function openBackEnd(random: Random): Promise<BackEnd> {
  const parts = new Map<number, Kept>();
  const fences = new Map<number, number>();
  /** Late calls by worker and object: a process that was frozen may have one under way, and begins no other. */
  const late = new Map<string, number>();
  const problems: string[] = [];
  let calls = 0;
  let isCalm = false;

  const noteLate = (id: number, pid: number, what: string): void => {
    const key = `${pid} ${id} ${what}`;
    late.set(key, (late.get(key) ?? 0) + 1);
    if ((late.get(key) ?? 0) > 1)
      problems.push(`worker ${pid} went on with Part/${id} after another had begun: ${what}`);
  };

  const answer = (method: string, id: number, { n = 0, uses = [], fence, pid }: Call): number => {
    // A call of somebody whose lease has gone to another: what it says is old.
    if (fence < (fences.get(id) ?? 0)) {
      noteLate(id, pid, `fence ${fence}`);
      return 409;
    }
    fences.set(id, fence);
    if (method === 'DELETE') {
      const users = [...parts].filter(([other, kept]) => other !== id && kept.uses.includes(id));
      for (const [user] of users) problems.push(`Part/${id} was deleted while Part/${user} used it`);
      parts.delete(id);
      return 200;
    }
    for (const used of uses.filter((one) => !parts.has(one)))
      problems.push(`Part/${id} was made before Part/${used}, which it uses`);
    parts.set(id, { n, uses });
    return 200;
  };

  const server = createServer((request, response) => {
    void json(request)
      .then(async (body) => {
        calls += 1;
        const status = answer(request.method ?? '', Number(request.url?.split('/').at(-1)), body as Call);
        const [isSlow, fails, ms] = [random.chance(0.05), random.chance(0.05), random.int(1_000)];
        if (!isCalm && isSlow) await sleep(ms);
        response.statusCode = !isCalm && fails ? 503 : status;
        response.end();
      })
      // Whoever asked was killed amid the question.
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    parts,
    calls: () => calls,
    problems,
    calm() {
      isCalm = true;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

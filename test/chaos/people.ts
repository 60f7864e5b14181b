import { createClient, ServerUnavailable, type Client } from '../../client/http.ts';
import { ApiError } from '../../client/request.ts';
import type { Random } from '../random/random.ts';

/** What was asked for, and what of it was accepted. */
export interface Wanted {
  readonly name: string;
  /** Unknown as long as no answer to its creation was heard. */
  id: number | undefined;
  /** What may be its `n`: the last that was accepted, and whatever was asked for after it without an answer. */
  may: readonly number[];
  /** By names: all that it may ever have needed, so that nobody asks for a circle. */
  readonly needs: Set<string>;
  /** Nobody heard whether its deletion was accepted. */
  mayBeGone: boolean;
}

export interface People {
  readonly wanted: readonly Wanted[];
  /** The ids of what was marked for deletion. */
  readonly marked: ReadonlySet<number>;
  /** Writes that were answered with success. */
  accepted(): number;
  /** Do one thing at random, through one of the servers; nothing while there are enough objects and all are at work. */
  act(): Promise<void>;
}

export function createPeople(servers: readonly string[], random: Random, most: number): People {
  const clients = servers.map((server) => createClient({ server, timeoutMs: 5_000 }));
  const wanted: Wanted[] = [];
  const marked = new Set<number>();
  /** One thing at a time with each: which of two that cross was last, nobody could tell. */
  const busy = new Set<Wanted>();
  let serial = 0;
  let accepted = 0;
  const fresh = (): number => 1 + random.int(2 ** 31 - 2);
  const living = (): Wanted[] =>
    wanted.filter((one) => one.id !== undefined && !one.mayBeGone && !marked.has(one.id) && !busy.has(one));

  /** @returns its answer; `refused`: nothing was done; `unheard`: nobody knows */
  async function ask<T>(request: (client: Client) => Promise<T>): Promise<T | 'refused' | 'unheard'> {
    const client = random.pick(clients);
    if (client === undefined) return 'refused';
    try {
      const answer = await request(client);
      accepted += 1;
      return answer;
    } catch (error) {
      if (error instanceof ServerUnavailable) return 'unheard';
      if (!(error instanceof ApiError)) throw error;
      return error.status < 500 ? 'refused' : 'unheard';
    }
  }

  /** Of what is older: so there are no circles. */
  function someOlder(than: number): Wanted[] {
    const older = living().filter((one) => wanted.indexOf(one) < than);
    const some = Array.from({ length: random.int(4) }, () => random.pick(older.slice(-40)));
    return [...new Set(some.filter((one) => one !== undefined))];
  }
  const idsOf = (some: readonly Wanted[]): number[] => some.flatMap(({ id }) => id ?? []);

  async function create(): Promise<void> {
    serial += 1;
    const [name, n] = [`part ${serial}`, fresh()];
    const needs = someOlder(wanted.length);
    const names = new Set(needs.map((each) => each.name));
    const one: Wanted = { name, id: undefined, may: [n], needs: names, mayBeGone: false };
    wanted.push(one);
    const answer = await ask((client) => client.create('Part', { name, n, needs_ids: idsOf(needs) }));
    if (answer === 'refused') wanted.splice(wanted.indexOf(one), 1);
    else if (answer !== 'unheard') one.id = answer.id;
  }

  async function edit(one: Wanted): Promise<void> {
    const n = fresh();
    const needs = random.chance(0.3) ? someOlder(wanted.indexOf(one)) : undefined;
    const before = one.may;
    one.may = [...before, n];
    for (const each of needs ?? []) one.needs.add(each.name);
    const changes = { n, ...(needs && { needs_ids: idsOf(needs) }) };
    const answer = await ask((client) => client.update({ model: 'Part', id: one.id ?? 0 }, changes));
    if (answer === 'refused') one.may = one.may.filter((may) => may !== n);
    else if (answer !== 'unheard') one.may = one.may.slice(one.may.indexOf(n));
  }

  async function remove(one: Wanted): Promise<void> {
    // With it all that needs it, however long ago that was said.
    const taken = new Set([one]);
    for (const each of taken) for (const user of wanted) if (user.needs.has(each.name)) taken.add(user);
    if (taken.size > 20) return;
    for (const each of taken) busy.add(each);
    const ref = { model: 'Part', id: one.id ?? 0 };
    const answer = await ask((client) => client.remove(ref, { cascade: true }));
    if (answer === 'unheard') for (const each of taken) each.mayBeGone = true;
    else if (answer !== 'refused') for (const name of answer) marked.add(Number(name.split('/')[1]));
    for (const each of taken) busy.delete(each);
  }

  return {
    wanted,
    marked,
    accepted: () => accepted,
    async act() {
      const known = living();
      const one = random.pick(known);
      if (known.length < most && (one === undefined || random.chance(0.6))) return create();
      if (one === undefined) return;
      if (random.chance(0.1)) return remove(one);
      busy.add(one);
      await edit(one);
      busy.delete(one);
    },
  };
}

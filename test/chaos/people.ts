import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, ServerUnavailable, type Client } from '../../client/http.ts';
import { ApiError } from '../../client/request.ts';
import type { Random } from '../random/random.ts';
import { isRefused } from './back-end.ts';

/** What somebody asked an object to be. */
export interface Goal {
  readonly n: number;
  /** When its success was heard. @format milliseconds */
  ackedAt?: number;
}

/** What was asked for, and what of it was accepted. */
export interface Wanted {
  readonly name: string;
  /** In order of creation. */
  readonly serial: number;
  /** Unknown as long as no answer to its creation was heard. */
  id?: number;
  /** Of the last answer; unknown after a write without one, which may have been made or may yet be. */
  version?: number;
  /** All that it was asked to be and may have become, in order. */
  goals: Goal[];
  /** All that it may ever have needed, so that nobody asks for a circle. */
  readonly needs: Set<Wanted>;
  readonly neededBy: Set<Wanted>;
  /** Nobody heard whether its deletion was accepted. */
  mayBeGone: boolean;
}

export interface People {
  readonly wanted: readonly Wanted[];
  readonly byId: ReadonlyMap<number, Wanted>;
  /** The ids of what was marked for deletion. */
  readonly marked: ReadonlySet<number>;
  /** Somebody has asked for its deletion, or for that of what it may need. */
  isLeaving(one: Wanted): boolean;
  /** Writes by how they were answered. */
  readonly writes: Readonly<Record<Answer, number>>;
  /** Do one thing at random, through one of the servers; mostly nothing while there are enough objects. */
  act(): Promise<void>;
  /** Give what the back end refuses for good another goal. Ask again until it says that there was nothing left. */
  mend(): Promise<boolean>;
  living(): number;
}

type Answer = 'accepted' | 'refused' | 'unheard';

/** Objects that know each other; few know one from elsewhere. So chains grow long, and not endless. */
const CLUSTER = 50;

/**
 * The goals that an object may have: the last that was accepted, and whatever was asked for after it without an answer.
 *
 * Each edit names the version that it is made against, so none can take effect after a later one.
 */
export function mayBe({ goals }: Wanted): readonly Goal[] {
  return goals.slice(Math.max(lastHeard(goals), 0));
}

/** Where the last goal is that was heard of, up to a time; -1: there is none. */
export function lastHeard(goals: readonly Goal[], until = Infinity): number {
  return goals.findLastIndex(({ ackedAt = Infinity }) => ackedAt < until);
}

export function createPeople(servers: readonly string[], random: Random, most: number): People {
  const clients = servers.map((server) => createClient({ server, timeoutMs: 5_000 }));
  const wanted: Wanted[] = [];
  const byId = new Map<number, Wanted>();
  const marked = new Set<number>();
  const writes = { accepted: 0, refused: 0, unheard: 0 };
  /** One thing at a time with each: which of two that cross was last, nobody could tell. */
  const busy = new Set<Wanted>();
  const leaving = new Set<Wanted>();
  /** Known, not to be deleted, and with nobody at work on it or soon to be. */
  const known: Wanted[] = [];
  const places = new Map<Wanted, number>();
  let serial = 0;
  let preferred = 0;

  const know = (one: Wanted): void => {
    places.set(one, known.push(one) - 1);
  };
  const forget = (one: Wanted): void => {
    const place = places.get(one);
    if (place === undefined) return;
    places.delete(one);
    const last = known.pop();
    if (last === one || last === undefined) return;
    known[place] = last;
    places.set(last, place);
  };
  const isFree = (one: Wanted): boolean => places.has(one) && !busy.has(one);
  const fresh = (): number => {
    const n = 1 + random.int(2 ** 31 - 20);
    // One in a hundred is what the back end never makes.
    return random.chance(0.01) ? n - (n % 10) + 10 : n % 10 === 0 ? n + 1 : n;
  };

  /** @returns its answer; `refused`: nothing was done; `unheard`: nobody knows */
  async function ask<T>(request: (client: Client) => Promise<T>): Promise<T | 'refused' | 'unheard'> {
    const client = clients[preferred % clients.length];
    if (client === undefined) return 'refused';
    try {
      return await request(client);
    } catch (error) {
      if (error instanceof ApiError && error.status < 500) return 'refused';
      if (!(error instanceof ServerUnavailable || error instanceof ApiError)) throw error;
      // As a balancer does: the next one asks another server. And as people do: nobody asks again at once.
      if (clients[preferred % clients.length] === client) preferred += 1;
      await sleep(500);
      return 'unheard';
    }
  }
  async function write<T>(request: (client: Client) => Promise<T>): Promise<T | 'refused' | 'unheard'> {
    const answer = await ask(request);
    if (answer === 'refused' || answer === 'unheard') writes[answer as 'refused' | 'unheard'] += 1;
    else writes.accepted += 1;
    return answer;
  }

  /** Of what is older: so there are no circles. */
  function someOlder(than: number): Wanted[] {
    const first = than - (than % CLUSTER);
    const near = wanted.slice(Math.max(first, than - 20), than).filter(isFree);
    const far = random.chance(0.05) ? wanted[random.int(than)] : undefined;
    const some = Array.from({ length: random.int(4) }, () => random.pick(near));
    return [...new Set([...some, far].filter((one) => one !== undefined && isFree(one)))] as Wanted[];
  }
  const need = (one: Wanted, others: readonly Wanted[]): void => {
    for (const other of others) {
      one.needs.add(other);
      other.neededBy.add(one);
    }
  };
  const idsOf = (some: readonly Wanted[]): number[] => some.flatMap(({ id }) => id ?? []);

  async function create(): Promise<void> {
    const one: Wanted = {
      name: `part ${serial}`,
      serial,
      goals: [{ n: fresh() }],
      needs: new Set(),
      neededBy: new Set(),
      mayBeGone: false,
    };
    const needs = someOlder(serial);
    serial += 1;
    wanted.push(one);
    need(one, needs);
    const fields = { name: one.name, n: one.goals[0]?.n, needs_ids: idsOf(needs) };
    const answer = await write((client) => client.create('Part', fields));
    if (answer === 'refused') one.goals = [];
    else if (answer !== 'unheard') learn(one, answer);
  }

  function learn(one: Wanted, { id, version, n }: { id: number; version: number; n?: unknown }): void {
    one.version = version;
    for (const goal of one.goals) if (goal.n === n) goal.ackedAt ??= Date.now();
    if (one.id !== undefined) return;
    one.id = id;
    byId.set(id, one);
    // Another may have deleted it meanwhile, with what it needs.
    if (!leaving.has(one) && !marked.has(id)) know(one);
  }

  async function edit(one: Wanted, n = fresh()): Promise<void> {
    const ref = { model: 'Part', id: one.id ?? 0 };
    if (one.version === undefined) {
      const found = await ask((client) => client.get(ref));
      if (found === 'refused' || found === 'unheard') return;
      learn(one, found);
    }
    const needs = random.chance(0.3) ? someOlder(one.serial) : undefined;
    const goal: Goal = { n };
    one.goals.push(goal);
    need(one, needs ?? []);
    const changes = { n, ...(needs && { needs_ids: idsOf(needs) }) };
    const against = one.version === undefined ? {} : { version: one.version };
    const answer = await write((client) => client.update(ref, changes, against));
    if (answer !== 'refused' && answer !== 'unheard') {
      learn(one, answer);
      return;
    }
    delete one.version;
    if (answer === 'refused') one.goals = one.goals.filter((other) => other !== goal);
  }

  async function remove(one: Wanted): Promise<void> {
    // With it all that needs it, however long ago that was said.
    const taken = new Set([one]);
    for (const each of taken) for (const user of each.neededBy) taken.add(user);
    if (taken.size > 20 || [...taken].some((each) => busy.has(each))) return;
    for (const each of taken) {
      busy.add(each);
      leaving.add(each);
    }
    const ref = { model: 'Part', id: one.id ?? 0 };
    const answer = await write((client) => client.remove(ref, { cascade: true }));
    if (Array.isArray(answer)) for (const name of answer) marked.add(Number(String(name).split('/')[1]));
    for (const each of taken) {
      busy.delete(each);
      if (answer === 'unheard') each.mayBeGone = true;
      // Spared: it had turned to others meanwhile; or all are, when it was refused.
      else if (!each.mayBeGone && !marked.has(each.id ?? 0)) leaving.delete(each);
      if (leaving.has(each)) forget(each);
    }
  }

  async function alone(one: Wanted, work: () => Promise<void>): Promise<void> {
    busy.add(one);
    await work().finally(() => busy.delete(one));
  }

  return {
    wanted,
    byId,
    marked,
    isLeaving: (one) => leaving.has(one) || marked.has(one.id ?? 0),
    writes,
    living: () => known.length,
    async act() {
      // Enough is there: what is to be done is rather left in peace to be done.
      if (known.length >= most && random.chance(0.9)) {
        await sleep(200);
        return;
      }
      const one = random.pick(known);
      if (known.length < most && (one === undefined || random.chance(0.7))) return create();
      if (one === undefined || busy.has(one)) return;
      return random.chance(0.05) ? remove(one) : alone(one, () => edit(one));
    },
    async mend() {
      const found = await ask((client) => client.list('Part', { state: ['Stalled'], limit: 200 }));
      if (found === 'refused' || found === 'unheard') return false;
      for (const { id, n } of found) {
        const one = byId.get(id) ?? wanted.find(({ goals }) => goals.some((goal) => goal.n === n));
        if (one === undefined || busy.has(one) || !isRefused(Number(n))) continue;
        one.id ??= id;
        delete one.version;
        await alone(one, () => edit(one, 1 + 10 * random.int(2 ** 27)));
      }
      return found.length === 0;
    },
  };
}

import type { Ref } from '../../model/definition.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Installation } from './installation.ts';
import type { PostOffice } from './post-office.ts';

type Parcels = Pick<Installation, 'api' | 'until' | 'untilSynced' | 'untilGone'>;

/** Parcels of which each is held up in another way. */
export interface Work {
  /** Its step hangs in the back end. */
  readonly long: Ref;
  /** Lies in that one. */
  readonly waiting: Ref;
  /** The back end refuses it: it is put off. */
  readonly failing: Ref;
  /** The back end refuses to delete it. */
  readonly leaving: Ref;
  /** Let the back end do as it is asked, and wait until all is as people want it, here and there. */
  finish(): Promise<void>;
}

/** Begin work of every kind, and wait until all are in the middle of it. */
export async function beginWork(parcels: Parcels, office: PostOffice, label: string): Promise<Work> {
  const create = async (name: string, fields: object = {}): Promise<Ref> => {
    const { id } = await parcels.api.create('Parcel', { name: `${label} ${name}`, ...fields });
    return { model: 'Parcel', id };
  };
  const leaving = await create('leaving');
  await parcels.untilSynced(leaving);
  const release = [
    office.hold(`${label} long`),
    office.refuse(`${label} failing`),
    office.refuse(`${label} leaving`),
  ];
  const [long, failing] = await Promise.all([create('long'), create('failing')]);
  const waiting = await create('waiting', { box_id: long.id });
  await parcels.api.remove(leaving);
  await waitFor(
    'the back end to be asked for all of it',
    () =>
      [long, failing].every(({ id }) =>
        office.calls.some((call) => call.id === id && call.method === 'POST'),
      ) && office.calls.some(({ id, method }) => id === leaving.id && method === 'DELETE')
        ? true
        : undefined,
    () => office.calls,
    60_000,
  );
  await Promise.all([
    parcels.until(waiting, ({ state }) => state === 'Waiting', 'to wait'),
    parcels.until(failing, ({ failures }) => failures > 0, 'to have failed'),
    parcels.until(leaving, ({ failures }) => failures > 0, 'to have failed'),
  ]);
  return {
    long,
    waiting,
    failing,
    leaving,
    async finish() {
      for (const one of release) one();
      await Promise.all([long, waiting, failing].map((ref) => parcels.untilSynced(ref)));
      await parcels.untilGone(leaving);
    },
  };
}

/** What is wrong with the calls, as sentences: of two attempts at a parcel the later one has the greater fence. */
export function faultsIn(calls: PostOffice['calls']): string[] {
  const last = new Map<number, number>();
  return calls.flatMap(({ id, fence, method }) => {
    const before = last.get(id) ?? 0;
    last.set(id, Math.max(before, fence));
    return fence < before ? [`${method} of parcel ${id} with fence ${fence} after ${before}`] : [];
  });
}

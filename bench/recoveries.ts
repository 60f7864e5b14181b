import { setTimeout as sleep } from 'node:timers/promises';
import type { Ref } from '../model/definition.ts';
import { readList } from '../store/list.ts';
import { nextDue } from '../store/outbox.ts';
import type { Scenario } from './engine.ts';
import { latency, ratio } from './figure.ts';
import { create, load, ME, namesOf, timed } from './loads.ts';

const tens = (index: number): number[] => (index % 10 === 0 ? [] : [index - 1]);

/** What is undone, and what comes back. */
export const RECOVERIES: Readonly<Record<string, Scenario>> = {
  async deletion(lab, { rounds, size }) {
    const ratios: number[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      let refs: Ref[] = [];
      const loading = await timed(async () => {
        refs = await load(lab, size, { needs: tens });
      });
      const deleting = await timed(async () => {
        await lab.store.write(ME, async (tx) => {
          for (const ref of refs)
            if ((await tx.get(ref))?.deleted === false) await tx.remove(ref, { cascade: true });
        });
        await lab.untilSynced('Item');
      });
      if (round > 0) ratios.push(loading / deleting);
    }
    return [ratio('deletion', 'load ÷ deletion', ratios, '≥ 0.7')];
  },

  async storm(lab, { rounds, size }) {
    const ratios: number[] = [];
    const amid: number[] = [];
    const atRest: number[] = [];
    const list = (): Promise<number> =>
      timed(async () => {
        const { database } = lab.store;
        const registry = await lab.store.models();
        const page = { conditions: [], states: ['blocked'], limit: 1_000 } as const;
        const { objects } = await readList(database, registry, 'Item', page);
        if (objects.length < Math.min(size, 1_000)) throw new Error(`only ${objects.length} are blocked`);
      });
    for (let round = 0; round <= Math.min(rounds, 3); round += 1) {
      const flat = await timed(() => load(lab, size));
      let fails = true;
      lab.behaviour = {
        sync: async (_, name) => {
          if (name === 'root' && fails) throw new Error('the back end is away');
        },
      };
      const names = ['root', ...namesOf(size, 'waiter')];
      const [root] = await create(lab, names, { needs: (index) => (index === 0 ? [] : [0]) });
      await sleep(3_000);
      for (let times = 0; times < 3; times += 1) amid.push(await list());
      // Until all are told that they wait for what has failed.
      while ((await nextDue(lab.store.database)) !== null) await sleep(200);
      await sleep(3_000);
      for (let times = 0; times < 8; times += 1) atRest.push(await list());
      fails = false;
      const recovering = await timed(async () => {
        if (root !== undefined) await lab.store.resync(root, ME);
        await lab.untilSynced('Item');
      });
      if (round > 0) ratios.push(flat / recovering);
    }
    return [
      ratio('failure storm', 'flat ÷ recovery', ratios, '≥ 0.7'),
      latency('listing the blocked', atRest, '≤ 200', 'with the text of the cause, up to 1,000'),
      latency('amid the storm', amid, ''),
    ];
  },
};

import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sendAll } from '../../client/send-all.ts';
import { createSignaller, type Told } from '../../client/signal.ts';
import { answered, isOutage, openTemporal } from '../../client/temporal.ts';
import { freePort } from '../../platform/ports.ts';
import { createNamespace, type TestNamespace } from '../support/namespace.ts';
import { claimOf } from './claims.ts';

const log = pino({ level: 'silent' });
const claims = Array.from({ length: 60 }, (_, at) => claimOf(at + 1));

let temporal: TestNamespace;
beforeAll(async () => {
  temporal = await createNamespace();
});
afterAll(() => temporal.close());

describe('a batch of signals', () => {
  test('is accepted, but for what Temporal refuses, which keeps back nothing else', async () => {
    const refused = claimOf(61, { model: 'x'.repeat(2_000) });
    const sent = await sendAll([refused, ...claims], createSignaller(temporal.client), log);
    expect(sent.failed).toEqual([refused]);
    expect(sent.left).toEqual([]);
    expect(sent.accepted.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual(claims.map(({ id }) => id));
  });

  test('is left as a whole while Temporal is away: none of them is to blame', async () => {
    const { client, close } = openTemporal({
      address: `127.0.0.1:${await freePort()}`,
      namespace: 'default',
    });
    try {
      const sent = await sendAll(claims, createSignaller(client), log);
      expect([sent.accepted, sent.failed]).toEqual([[], []]);
      expect(new Set(sent.left)).toEqual(new Set(claims));
      expect(sent.left).toHaveLength(claims.length);
    } finally {
      await close();
    }
  });

  test('is not waited for in vain: a Temporal that says nothing is away', async () => {
    const silent = createServer();
    await once(silent.listen(0, '127.0.0.1'), 'listening');
    const { port } = silent.address() as AddressInfo;
    const { client, close } = openTemporal({ address: `127.0.0.1:${port}`, namespace: 'default' });
    try {
      const call = answered(client, () => client.workflowService.getSystemInfo({}), 300);
      const error: unknown = await call.catch((reason: unknown) => reason);
      expect(isOutage(error)).toBe(true);
    } finally {
      await close();
      silent.close();
    }
  });

  test('leaves the rows of what it has started to the attempt that follows, when one is sure to', async () => {
    const first = { kind: 'sync', activity: 'sync', token: 1, generation: 3 } as unknown as Told['first'];
    const idle = [
      { ...claimOf(101, { isIdle: true }), first },
      claimOf(102, { isIdle: true }),
      { ...claimOf(103), first },
    ];
    const sent = await sendAll(idle, createSignaller(temporal.client), log);
    expect(sent.onTheWay.map(({ id }) => id)).toEqual([101]);
    expect(sent.accepted.map(({ id }) => id).toSorted()).toEqual([102, 103]);
  });

  test('stops at the first sign that Temporal is away, and leaves the rest', async () => {
    const asked: number[] = [];
    const outage = Object.assign(new Error('14 UNAVAILABLE'), { code: 14 });
    const signaller = {
      async send({ id }: { readonly id: number }) {
        asked.push(id);
        await Promise.resolve();
        if (id > 10) throw outage;
        return false;
      },
    };
    const { accepted, failed, left } = await sendAll(claims, signaller, log);
    expect(accepted.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(failed).toEqual([]);
    expect(left).toHaveLength(50);
    // Those that were under way, and no more.
    expect(asked.length).toBeLessThanOrEqual(40);
  });
});

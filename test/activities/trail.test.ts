import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTrail, type Trail } from '../../activities/trail.ts';
import type { VisibleEvent } from '../../backend/playbook-events.ts';
import { createLog } from '../../log.ts';
import type { Ref } from '../../model/definition.ts';
import { readAttemptEvents, type AttemptEvent } from '../../store/attempt-events.ts';
import { readAttempt, readBundle } from '../../store/attempt-history.ts';
import { attemptsOn } from '../server/attempts.ts';
import { openGarden, type Garden } from '../server/garden.ts';

let garden: Garden;
beforeAll(async () => {
  garden = await openGarden();
});
afterAll(() => garden.close());

async function begun(name: string): Promise<{ rose: Ref; trail: Trail }> {
  const { store } = garden;
  const rose = await store.write({ name: 'a test' }, async (tx) =>
    tx.create('Rose', { name, bed: await tx.create('Bed', { name }) }),
  );
  const { fence } = await attemptsOn(store).begin(rose);
  const log = createLog({ level: 'silent' });
  return { rose, trail: openTrail({ database: store.database, fence, log }, new Set(['hunter2'])) };
}
const play = (number: number, name: string): VisibleEvent => ({ event: 'play', number, time: 0, name });
const eventsOf = (rose: Ref): Promise<AttemptEvent[]> =>
  readAttemptEvents(garden.store.database, rose, 1, { after: 0, limit: 10_000 });

test('of very many events those are kept that come first, and how it ended; a note says that there were more', async () => {
  const { rose, trail } = await begun('many');
  for (let number = 1; number <= 2_500; number += 1) trail.note(play(number, `hunter2 ${number}`));
  trail.note({ event: 'stats', number: 2_501, time: 0, hosts: {} });
  await trail.close();
  const events = await eventsOf(rose);
  expect(events.map(({ number }) => number)).toEqual(Array.from({ length: 2_002 }, (_, at) => at + 1));
  expect(events[1_999]?.event).toEqual({ event: 'play', name: '*** 2000' });
  expect(events.slice(2_000).map(({ event }) => event['event'])).toEqual(['note', 'stats']);
  expect(events[2_000]?.event['text']).toContain('more happened than is kept');
});

test('events that are very long count by their length', async () => {
  const { rose, trail } = await begun('long');
  for (let number = 1; number <= 20; number += 1) trail.note(play(number, 'x'.repeat(100_000)));
  await trail.close();
  expect((await eventsOf(rose)).map(({ event }) => event['event'])).toEqual([
    ...Array.from({ length: 10 }, () => 'play'),
    'note',
  ]);
});

test('of a long output the end is kept, and what is run only where it is not too long', async () => {
  const { rose, trail } = await begun('talkative');
  await trail.print(`begin ${'x'.repeat(100_000)} hunter2 end`);
  await trail.run({ playbook: 'a.yaml', texts: { 'a.yaml': 'x'.repeat(300_000) }, variables: {} });
  await trail.close();
  const { database } = garden.store;
  const output = (await readAttempt(database, rose, 1))?.output ?? '';
  expect(output).toMatch(/^\(…\)\nx+ \*\*\* end$/);
  expect(output.length).toBeLessThan(66_000);
  expect(await readBundle(database, rose, 1)).toBeNull();
  expect((await eventsOf(rose))[0]?.event['text']).toContain('longer than is kept');
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createClient } from '../../client/http.ts';
import type { ApiApplied, ApiApplyLine } from '../../client/operate-wire.ts';
import { openGarden, type Garden } from './garden.ts';

let garden: Garden;
beforeAll(async () => {
  garden = await openGarden();
});
afterAll(() => garden.close());

const post = (items: unknown, query = '') => garden.ask('POST', `/xosapi/v1/accord/apply${query}`, { items });
const apply = async (items: unknown, query = ''): Promise<ApiApplied> => {
  const { status, body } = await post(items, query);
  expect([status, body.error]).toEqual([200, undefined]);
  return body as unknown as ApiApplied;
};
const acts = ({ items }: ApiApplied) => items.map(({ act }) => act);
const bedsNamed = async (name: string) =>
  (await garden.ask('GET', `/xosapi/v1/garden/beds?name=${encodeURIComponent(name)}`)).body.items;

describe('who accepts lines', () => {
  const lines = async (items: unknown) => {
    const answer = await garden.ask(
      'POST',
      '/xosapi/v1/accord/apply',
      { items },
      { accept: 'application/x-ndjson' },
    );
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/x-ndjson']);
    return (answer.body as unknown as string)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as ApiApplyLine);
  };

  test('is told how far it is, and at last what was done', async () => {
    const told = await lines(Array.from({ length: 400 }, (_, at) => ({ model: 'Bed', name: `line ${at}` })));
    expect(told.at(-1)).toMatchObject({ applied: { created: 400, dry_run: false } });
    for (const line of told.slice(0, -1))
      expect(line).toEqual({ done: expect.any(Number) as number, of: 400 });
  });

  test('is told a refusal as the last line, with every fault; before it has begun, as everybody', async () => {
    const [line] = await lines([
      { model: 'Bed', name: 'a', area: -1 },
      { model: 'Bde', name: 'b' },
    ]);
    expect(line).toMatchObject({ status: 400, error: { code: 'E_INVALID', faults: { length: 2 } } });
    const { status } = await garden.ask(
      'POST',
      '/xosapi/v1/accord/apply',
      { items: [] },
      { accept: 'application/x-ndjson' },
    );
    expect(status).toBe(400);
  });

  test('by the client: refusals are errors, and so is an answer that breaks off', async () => {
    const client = (...answers: string[]) =>
      createClient({
        server: 'http://accord.example',
        fetch: async () => new Response(answers.map((line) => `${line}\n`).join('')),
      });
    const counts: number[] = [];
    const onDone = (count: number): void => void counts.push(count);
    const apply = (...answers: string[]) => client(...answers).apply([], { onDone });
    const refused = '{"error": {"code": "E_INVALID", "message": "no", "faults": []}, "status": 400}';
    await expect(apply('{"done": 3, "of": 9}', refused)).rejects.toMatchObject({
      code: 'E_INVALID',
      status: 400,
    });
    expect(counts).toEqual([3]);
    await expect(apply('{"done": 3, "of": 9}')).rejects.toThrow(/before it said how that ended/);
  });
});

describe('POST …/accord/apply', () => {
  test('creates what there is not, whatever its order, and the second time changes nothing', async () => {
    const items = [
      { model: 'Rose', name: 'r1', bed: 'Bed/here', thorns: 3 },
      { model: 'Bed', name: 'here', borders: ['there'] },
      { model: 'Bed', name: 'there', tags: ['dry'] },
    ];
    const first = await apply(items);
    expect(acts(first)).toEqual(['created', 'created', 'created']);
    expect(first.items.map(({ object }) => object?.split('/')[0])).toEqual(['Rose', 'Bed', 'Bed']);
    const [here] = await bedsNamed('here');
    const [there] = await bedsNamed('there');
    expect(here?.['borders_ids']).toEqual([there?.id]);
    const second = await apply(items);
    expect([acts(second), second.unchanged]).toEqual([['unchanged', 'unchanged', 'unchanged'], 3]);
  });

  test('matches by id, else by what is unique, else by name; what is left out stays, null clears', async () => {
    await apply([{ model: 'Bed', name: 'match', note: 'damp', area: 4 }]);
    const [bed] = await bedsNamed('match');
    const byName = await apply([{ model: 'Bed', name: 'match', note: null }]);
    expect(byName.items[0]).toMatchObject({
      object: `Bed/${bed?.id ?? 0}`,
      act: 'updated',
      changes: { note: { before: 'damp', after: null } },
    });
    const byId = await apply([{ model: 'Bed', id: bed?.id, name: 'renamed' }]);
    expect(byId.items[0]?.act).toBe('updated');
    expect((await bedsNamed('renamed'))[0]).toMatchObject({ id: bed?.id, area: 4, note: null });
    // A rose's name is unique.
    await apply([{ model: 'Rose', name: 'only', bed_id: bed?.id }]);
    expect((await apply([{ model: 'Rose', name: 'only', thorns: 1 }])).updated).toBe(1);
  });

  test('stores nothing when it is only asked what would be', async () => {
    const answer = await apply([{ model: 'Bed', name: 'not yet' }], '?dry_run=true');
    expect(answer).toMatchObject({
      dry_run: true,
      created: 1,
      items: [{ model: 'Bed', object: null, name: 'not yet', act: 'created' }],
    });
    expect(await bedsNamed('not yet')).toEqual([]);
    const events = await garden.ask('GET', '/xosapi/v1/accord/events?limit=1');
    expect(JSON.stringify(events.body)).not.toContain('not yet');
  });

  test('names every fault of every object, and stores none', async () => {
    await apply([
      { model: 'Bed', name: 'two', note: 'a' },
      { model: 'Bed', name: 'other' },
    ]);
    await garden.ask('POST', '/xosapi/v1/garden/beds', { name: 'two' });
    const { status, body } = await post([
      { model: 'Bed', name: 'fine' },
      { model: 'Bed', name: 'bad', area: -1, nmae: 'x' },
      { model: 'Bd', name: 'x' },
      { model: 'Rose', name: 'rr', bed: 'Bed/nowhere' },
      { model: 'Bed', name: 'two' },
      { model: 'Bed', note: 'nameless' },
      { model: 'Bed', id: 999_999 },
      { model: 'Rose', name: 'of bad', bed: 'Bed/bad' },
      { model: 'Plant', name: 'p', bed: 'Bed/fine' },
    ]);
    expect([status, body.error.code]).toEqual([400, 'E_INVALID']);
    expect(body.error.faults.map(({ field }) => field).toSorted()).toEqual([
      'items[1].area',
      'items[1].nmae',
      'items[2]',
      'items[3].bed',
      'items[4]',
      'items[5]',
      'items[6]',
      'items[8]',
    ]);
    const said = body.error.faults.map(({ message }) => message).join('\n');
    for (const part of [
      'did you mean Bed?',
      'there is no Bed named "nowhere"',
      '2 objects have this name',
      'give id, or name',
      'leave out id to create one',
      'Plant is abstract',
    ])
      expect(said).toContain(part);
    expect(await bedsNamed('fine')).toEqual([]);
  });

  test('shows no secret, neither that was nor that is', async () => {
    await apply([{ model: 'Bed', name: 'vault', gate_code: 'hunter2' }]);
    const answer = await apply([{ model: 'Bed', name: 'vault', gate_code: 'hunter3' }]);
    expect(answer.items[0]?.changes).toEqual({ gate_code: { before: '(secret)', after: '(secret)' } });
  });

  test.each([[undefined], [[]], [{}], [[{ name: 'x' }]], [[1]], ['x']])('refuses %j', async (items) => {
    const { status, body } = await post(items);
    expect([status, body.error.code]).toEqual([400, 'E_INVALID']);
  });

  test('takes one name once, though two apply it at the same time', async () => {
    await Promise.all(Array.from({ length: 8 }, () => apply([{ model: 'Bed', name: 'raced' }])));
    expect(await bedsNamed('raced')).toHaveLength(1);
  });

  test('takes a list of hundreds, and a chain of references as long', async () => {
    const items = Array.from({ length: 300 }, (_, at) => ({
      model: 'Bed',
      name: `chain ${at}`,
      ...(at < 299 && { borders: [`chain ${at + 1}`] }),
    }));
    expect((await apply(items)).created).toBe(300);
  });
});

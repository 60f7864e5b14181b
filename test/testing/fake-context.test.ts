import { expect, test } from 'vitest';
import { defineModel, step } from '../../define/index.ts';
import { conformance } from '../../testing/conformance.ts';
import { fakeContext } from '../../testing/fake-context.ts';
import { makeUp } from '../../testing/made-up.ts';
import { createWorld } from '../../testing/world.ts';
import { temporaryFolder } from '../support/folder.ts';
import { link, model } from '../support/models.ts';

interface Named {
  name: string;
}
const Node = defineModel<'Node', Named>('Node');
const Host = defineModel<'Host', Named>('Host');

test('what is found of a base are its descendants, too', async () => {
  const objects = [
    { model: 'Switch', id: 3, name: 'a' },
    { model: 'Node', id: 2, name: 'a' },
    { model: 'Site', id: 1, name: 'a' },
    { model: 'Switch', id: 4, name: 'b' },
  ];
  const { find } = fakeContext({ objects, descendants: { Node: ['Switch'] } });
  expect((await find(Node, { name: 'a' })).map(({ id }) => id)).toEqual([2, 3]);
  expect(await fakeContext({ objects }).find(Node, { name: 'a' })).toHaveLength(1);
});

test('a step under test finds what it is linked to by the base that the link names', async () => {
  const models = [
    model('Node', { abstract: true }),
    model('Switch', { bases: ['Node'] }),
    model('Host', { links: [link('node', 'Node')] }),
  ];
  const subject = step({
    synchronizes: Host,
    async syncRecord(_, { find }) {
      if ((await find(Node, {})).length === 0) throw new Error('there is no node');
    },
    deleteRecord: () => undefined,
  });
  const world = createWorld(await temporaryFolder());
  try {
    const host = models.find(({ name }) => name === 'Host');
    const fixture = host && makeUp(host, models);
    const findings = fixture && (await conformance({ step: subject, ...fixture, world }));
    expect(findings?.map(({ check }) => check)).toContain('runs twice');
  } finally {
    world.end();
  }
});

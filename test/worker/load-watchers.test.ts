import { describe, expect, test } from 'vitest';
import { modelLink, step, watcher } from '../../define/index.ts';
import { defineModel } from '../../define/model.ts';
import type { AnyStep, AnyWatcher } from '../../define/synchronizer.ts';
import { loadPollers } from '../../worker/load-pollers.ts';
import { loadWatchers } from '../../worker/load-watchers.ts';
import { field, link, model } from '../support/models.ts';

const MODELS = [
  model('Service', { links: [link('instance', 'Instance')] }),
  model('Instance', { fields: [field('ip')] }),
];
const Service = defineModel<'Service', { name: string }>('Service');
const Instance = defineModel<'Instance', { ip: string }>('Instance');

const handleWatchedObject = (): void => undefined;
const watching = (more: object): AnyWatcher =>
  ({ ...watcher({ synchronizes: Service, handleWatchedObject }), ...more }) as AnyWatcher;
const stepping = (more: object): AnyStep =>
  ({ ...step({ synchronizes: Service, syncRecord() {}, deleteRecord() {} }), ...more }) as AnyStep;

const load = (code: { steps?: readonly AnyStep[]; watchers?: readonly AnyWatcher[] }) =>
  loadWatchers('web', { steps: [], watchers: [], ...code }, MODELS);

describe('watchers', () => {
  const watched = [modelLink(Instance, { via: 'instance', into: 'ip' })];

  test('are named by synchronizer, kind and models, and numbered when they are alike', () => {
    const { watchers, faults } = load({
      steps: [stepping({ watched, handleWatchedObject }), stepping({ synchronizes: Instance })],
      watchers: [
        watching({ watched }),
        watching({ watchDegree: 1 }),
        watching({ synchronizes: [Service, Instance], watched }),
      ],
    });
    expect(faults).toEqual([]);
    expect([...watchers.keys()]).toEqual([
      'web/step Service',
      'web/watcher Service',
      'web/watcher Service 2',
      'web/watcher Service, Instance',
    ]);
    expect(watchers.get('web/watcher Service')?.watched).toEqual([
      { model: 'Instance', via: 'instance', into: 'ip' },
    ]);
  });

  test('watch nothing unless they say what', () => {
    const { watchers, faults } = load({ watchers: [watching({}), watching({ watchDegree: 0 })] });
    expect([...watchers.keys(), ...faults]).toEqual([]);
  });

  test('that say what they watch need no degree', () => {
    const { watchers } = load({ watchers: [watching({ watched: [], watchDegree: 3 })] });
    expect(watchers.size).toBe(0);
  });

  test.each([
    [
      { synchronizes: { name: 'Servise' } },
      'it synchronizes Servise, which no xproto declares; did you mean Service?',
    ],
    [
      { watched: [{ model: { name: 'Instanse' }, via: 'instance' }] },
      'it watches Instanse, which no xproto declares; did you mean Instance?',
    ],
    [
      { watched: [{ model: Instance, via: 'node' }] },
      'it watches Instance via node, which does not lead there from Service',
    ],
    [
      { watched: [{ model: Service, via: 'instance' }] },
      'it watches Service via instance, which does not lead there from Service',
    ],
    [
      { watched: [{ model: Instance, via: 'instance', into: 'ipp' }] },
      'it watches ipp of Instance, which has no such field; did you mean ip?',
    ],
    [{ watchDegree: 1, handleWatchedObject: undefined }, 'it has no handleWatchedObject'],
  ])('that cannot be are refused with the reason: %j', (more, fault) => {
    expect(load({ watchers: [watching(more)] }).faults).toEqual([expect.stringContaining(`: ${fault}`)]);
  });
});

describe('steps that choose', () => {
  test('are asked every minute unless they say otherwise', () => {
    const fetchPending = () => [];
    const { pollers } = loadPollers('web', [
      stepping({ fetchPending }),
      stepping({ fetchPending, pollEveryMs: 500 }),
      stepping({}),
    ]);
    expect([...pollers.values()].map(({ name, everyMs }) => [name, everyMs])).toEqual([
      ['web/step Service', 60_000],
      ['web/step Service 2', 500],
    ]);
  });

  test.each([
    [{ pollEveryMs: 500 }, 'has pollEveryMs, but no fetchPending'],
    [{ fetchPending: () => [], pollEveryMs: 0 }, 'must be a whole number of milliseconds above 0'],
  ])('refuse %j', (more, fault) => {
    expect(loadPollers('web', [stepping(more)]).faults).toEqual([expect.stringContaining(fault)]);
  });
});

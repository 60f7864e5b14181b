import type { ApiAdvice } from '../client/operate-wire.ts';
import type { Cause, Circumstances } from '../store/why.ts';
import { spell } from './view.ts';

/** Say what one can do for an object that nothing else holds back, most telling first. */
export function adviceFor(cause: Cause, around: Circumstances): ApiAdvice[] {
  const name = spell(cause);
  if (cause.state === 'Synced') return [];
  if (cause.state === 'Not managed')
    return [{ text: 'To have it managed', command: `accord update ${name} no_sync=false` }];
  if (around.paused !== null)
    return [{ text: 'To go on', command: `accord resume ${target(around.paused, name)}` }];
  const held = adviceOnSynchronizer(around);
  if (held !== undefined) return [held];
  return [
    ...adviceOnObject(cause, around, name),
    ...(adviceOnWorkers(around) ?? adviceOnTurn(cause, around)),
  ];
}

function adviceOnSynchronizer({ disabled, living, synchronizer }: Circumstances): ApiAdvice | undefined {
  if (disabled)
    return {
      text: `Its synchronizer ${synchronizer} is disabled: take «disabled» out of its accord.yaml, and start its worker again`,
      command: null,
    };
  if (!living)
    return {
      text: `Synchronizer ${synchronizer} brings its model no longer: start a worker of a version that does`,
      command: null,
    };
  return undefined;
}

function adviceOnObject(cause: Cause, around: Circumstances, name: string): ApiAdvice[] {
  if (cause.backend_status.startsWith('waits in a circle'))
    return [{ text: 'Take one of these dependencies away: change a link of one of them', command: null }];
  if (cause.deleted && around.no_sync && around.backend_need_delete && !around.backend_need_reap)
    return [
      { text: 'To delete it from the back end', command: `accord update ${name} no_sync=false` },
      { text: 'To give up on what is there', command: `accord delete ${name} --orphan` },
    ];
  if (around.backend_need_reap)
    return [
      {
        text: 'It goes when nothing links to it any more: delete what does, or link that elsewhere',
        command: null,
      },
    ];
  if (around.poller !== null) {
    const { name: poller, fault } = around.poller;
    const said = fault === null ? '' : `; when it was last asked it failed: ${fault}`;
    return [{ text: `fetchPending of ${poller} has not chosen it yet${said}`, command: null }];
  }
  const tryNow = around.has_step ? [{ text: 'To try now', command: `accord sync ${name}` }] : [];
  const { state } = cause;
  if (state === 'Error' || state === 'Stalled')
    return [...tryNow, { text: 'To read all', command: `accord logs ${name}` }];
  if (state === 'Deferred') return tryNow;
  if (state !== 'Pretended') return [];
  return [{ text: 'Nothing was done in the back end: it is to be pretended only', command: null }];
}

function adviceOnWorkers({ workers, synchronizer }: Circumstances): ApiAdvice[] | undefined {
  if (workers > 0) return undefined;
  return [
    { text: `No worker of synchronizer ${synchronizer} is alive: start one`, command: 'accord worker DIR' },
  ];
}

/** Temporal is told of no more than can begin, so that what is urgent overtakes the rest. */
function adviceOnTurn({ state }: Cause, { ahead, synchronizer }: Circumstances): ApiAdvice[] {
  if (state !== 'Waiting' || ahead === 0) return [];
  const objects = ahead === 1 ? '1 object' : `${ahead} objects`;
  return [{ text: `Its turn comes after ${objects} of synchronizer ${synchronizer}`, command: null }];
}

function target({ scope, name }: NonNullable<Circumstances['paused']>, object: string): string {
  if (scope === 'object') return object;
  return scope === 'synchronizer' ? `--synchronizer ${name}` : name;
}

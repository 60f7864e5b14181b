/**
 * What the types of define/ refuse to authors, and what they let pass: a test that the compiler runs.
 *
 * Where a line below would compile that must not, its marker is the error.
 */
import {
  defineModel,
  modelLink,
  policy,
  step,
  type PolicyContext,
  type Ref,
  type StepContext,
} from '../../define/index.ts';

interface Disk {
  readonly label: string;
  readonly gigabytes: number;
}
interface Shelf {
  readonly label: string;
  readonly disk: Ref<typeof Disk> | null;
}
const Disk = defineModel<'Disk', Disk, { serial: string }>('Disk');
const Shelf = defineModel<'Shelf', Shelf>('Shelf');

const deleteRecord = (): void => undefined;

export const reportsWhatTheModelLacks = step({
  synchronizes: Disk,
  // @ts-expect-error Disk has no such feedback
  syncRecord: () => ({ serail: 'x' }),
  deleteRecord,
});

export const reportsWhatPeopleWrite = step({
  synchronizes: Disk,
  // @ts-expect-error a label is declarative state
  syncRecord: () => ({ label: 'x' }),
  deleteRecord,
});

export const recordsWhatPeopleWrite = step({
  synchronizes: Disk,
  // @ts-expect-error a label is declarative state, in the middle of a step as well
  syncRecord: (_, { record }) => record({ label: 'x' }),
  deleteRecord,
});

export const assignsToItsObject = step({
  synchronizes: Disk,
  syncRecord(disk) {
    // @ts-expect-error what a step is given is only read
    disk.gigabytes = 2;
  },
  deleteRecord,
});

// @ts-expect-error a step cannot change objects
export type UpdateOfAStep = StepContext['update'];

// @ts-expect-error and a policy records no feedback
export type RecordOfAPolicy = PolicyContext['record'];

export const cannotDelete =
  // @ts-expect-error whoever makes something must be able to remove it
  step({ synchronizes: Disk, syncRecord: () => ({ serial: 'x' }) });

export const writesAsAStepDoes = policy({
  model: Disk,
  // @ts-expect-error a serial number is feedback: only the step writes it
  handleUpdate: (disk, { update }) => update(disk, { serial: 'x' }),
});

export const createsWithFeedback = policy({
  model: Shelf,
  async handleCreate(_, { create }) {
    // @ts-expect-error a serial number is feedback here, too
    await create(Disk, { label: 'x', gigabytes: 1, serial: 'x' });
  },
});

// @ts-expect-error there is no such link
export const watchesAlongNothing = modelLink(Disk, { via: 'shelf', into: 'serail' });

/** What must pass. */
export const tellsModelsApart = step({
  synchronizes: [Disk, Shelf],
  async syncRecord(object, { follow, record, log }) {
    switch (object.model) {
      case 'Disk':
        log.info({ size: object.gigabytes }, 'a disk');
        await record({ serial: object.label });
        break;
      case 'Shelf': {
        const disk = await follow(object.disk);
        log.info({ serial: disk?.serial }, 'a shelf');
        break;
      }
    }
  },
  deleteRecord,
});

export const writesDeclarativeState = policy({
  model: Shelf,
  async handleCreate(shelf, { create, update, remove }) {
    const disk = await create(Disk, { label: shelf.label, gigabytes: 1 });
    await update(disk, { gigabytes: 2 });
    await remove(disk);
  },
});

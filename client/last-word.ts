import { changed } from '../workflows/messages.ts';
import type { RunErrand } from './errands.ts';
import { answered, isNotFound } from './temporal.ts';

/** The errand `end <Model/id>`: let the workflow of an object that is no more look once, should one run. */
export const sayLastWord: RunErrand = async ({ client }, { subject }) => {
  const workflow = client.workflow.getHandle(subject ?? '');
  try {
    await answered(client, () => workflow.signal(changed, { generation: 0, version: 0, stop: true }));
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
};

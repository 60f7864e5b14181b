// The synchronizer of the end-to-end tests: a plain step, whose back end is in the hands of the test.
import { defineModel, defineSynchronizer, step } from '../../../define/index.ts';

const Parcel = defineModel<'Parcel', { name: string }, { backend_handle: string | null }>('Parcel');

const syncParcel = step({
  synchronizes: Parcel,

  // In two calls, so that a worker can be lost between them.
  async syncRecord({ id, name }, { record, signal, fence }) {
    const backend_handle = await ask('PUT', id, { name, fence }, signal);
    await record({ backend_handle });
    await ask('POST', id, { name, fence }, signal);
  },

  async deleteRecord({ id, name }, { signal, fence }) {
    await ask('DELETE', id, { name, fence }, signal);
  },
});

async function ask(method: string, id: number, what: object, signal: AbortSignal): Promise<string> {
  const address = new URL(`/parcels/${id}`, process.env['PARCELS_BACKEND']);
  const body = JSON.stringify({ ...what, pid: process.pid });
  const response = await fetch(address, { method, body, signal });
  if (!response.ok) throw new Error(`the post office says ${response.status}`);
  return response.text();
}

export default defineSynchronizer({
  name: 'parcels',
  models: new URL('./parcels.xproto', import.meta.url),
  steps: [syncParcel],
});

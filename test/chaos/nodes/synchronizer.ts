// The synchronizer of the chaos test: its back end survives all that is killed, and remembers what was asked of it.
import {
  defineModel,
  defineSynchronizer,
  DeferredException,
  PermanentException,
  step,
  type Ref,
} from '../../../define/index.ts';

const Part = defineModel<
  'Part',
  { name: string; n: number; needs: readonly Ref[] },
  { backend_handle: string | null }
>('Part');

const syncPart = step({
  synchronizes: Part,

  // In two calls, so that a worker can be lost between them.
  async syncRecord({ id, n, needs }, { record, signal, fence }) {
    const uses = needs.map((one) => one.id);
    await ask('POST', id, { n, fence, uses }, signal);
    // Who has written it can be seen from outside: never one that was overtaken.
    await record({ backend_handle: `by ${fence}` });
    await ask('PUT', id, { n, fence, uses }, signal);
  },

  async deleteRecord({ id }, { signal, fence }) {
    await ask('DELETE', id, { fence }, signal);
  },
});

const Note = defineModel<'Note', { name: string }>('Note');

const syncNote = step({
  synchronizes: Note,
  async syncRecord() {},
  async deleteRecord() {},
});

async function ask(method: string, id: number, what: object, signal: AbortSignal): Promise<void> {
  const address = new URL(`/parts/${id}`, process.env['PARTS_BACKEND']);
  const body = JSON.stringify({ ...what, pid: process.pid });
  const response = await fetch(address, { method, body, signal });
  if (response.ok) return;
  const said = `the back end says ${response.status}`;
  if (response.status === 425) throw new DeferredException(said, { afterMs: 1_000 });
  throw response.status === 422 ? new PermanentException(said) : new Error(said);
}

export default defineSynchronizer({
  name: 'nodes',
  models: new URL('./nodes.xproto', import.meta.url),
  steps: [syncPart, syncNote],
});

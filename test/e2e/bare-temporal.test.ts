import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createNamespace } from '../support/namespace.ts';
import { waitFor } from '../support/wait-for.ts';
import { startInstallation } from './installation.ts';
import { openPostOffice } from './post-office.ts';

const PARCELS = fileURLToPath(new URL('./parcels', import.meta.url));

test('a Temporal without our search attributes is given them', { timeout: 180_000 }, async () => {
  const office = await openPostOffice();
  const temporal = await createNamespace({ hasSearchAttributes: false });
  const environment = { PARCELS_BACKEND: office.url };
  const parcels = await startInstallation({ folder: PARCELS, temporal, environment });
  try {
    const { id } = await parcels.api.create('Parcel', { name: 'box' });
    await parcels.untilSynced({ model: 'Parcel', id });
    await waitFor('its workflow to be found by them', async () => {
      const query = `Model = "Parcel" and ObjectId = "${id}"`;
      const { count } = await temporal.client.workflow.count(query);
      return count > 0 ? true : undefined;
    });
  } finally {
    await parcels.stop();
    await temporal.close();
    await office.close();
  }
});

test('a Temporal that has no room for them does all the same work', { timeout: 180_000 }, async () => {
  const office = await openPostOffice();
  const temporal = await createNamespace({ isFull: true });
  const environment = { PARCELS_BACKEND: office.url };
  const parcels = await startInstallation({ folder: PARCELS, temporal, environment });
  try {
    const release = office.hold('box');
    const box = { model: 'Parcel', id: (await parcels.api.create('Parcel', { name: 'box' })).id };
    const begun = () => office.calls.find(({ method }) => method === 'POST');
    await waitFor('the step to be at work', begun, undefined, 60_000);
    const inside = await parcels.api.create('Parcel', { name: 'inside', box_id: box.id });
    // Waiting is what the workflow would show by an attribute, had it one.
    const waiting = await parcels.until(
      { model: 'Parcel', id: inside.id },
      ({ root }) => root !== null,
      'to wait',
    );
    expect(waiting.root).toBe(`Parcel/${box.id}`);
    release();
    await parcels.untilSynced({ model: 'Parcel', id: inside.id });
    const finished = office.calls.filter(({ method }) => method === 'POST').map(({ name }) => name);
    expect(finished).toEqual(['box', 'inside']);
  } finally {
    await parcels.stop();
    await temporal.close();
    await office.close();
  }
});

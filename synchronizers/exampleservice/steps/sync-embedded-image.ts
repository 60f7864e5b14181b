import { DeferredException, step } from '../../../define/index.ts';
import { backendAddress } from '../environment.ts';
import { EmbeddedImage } from '../models.gen.ts';

export const syncEmbeddedImage = step({
  synchronizes: EmbeddedImage,

  async syncRecord(image, { follow, log, record, signal }) {
    const instance = await follow(image.serviceinstance);
    if (instance === null) throw new DeferredException('the image is on no page yet');
    if (instance.backend_handle === null) throw new DeferredException('its page has no backend_handle yet');
    const backend_handle = `${instance.backend_handle}/images/${image.id}`;
    // The image was on another page before.
    if (image.backend_handle !== null && image.backend_handle !== backend_handle) {
      await send('DELETE', image.backend_handle, signal);
    }
    // Known before it exists: what a crash leaves behind can then be removed.
    await record({ backend_handle });
    await send('PUT', backend_handle, signal, image.url);
    log.info({ backend_handle }, 'image stored');
    return { backend_handle };
  },

  async deleteRecord(image, { signal }) {
    if (image.backend_handle !== null) await send('DELETE', image.backend_handle, signal);
  },
});

async function send(
  method: 'PUT' | 'DELETE',
  handle: string,
  signal: AbortSignal,
  body?: string,
): Promise<void> {
  const address = backendAddress(handle);
  const response = await fetch(address, { method, signal, ...(body === undefined ? {} : { body }) });
  // What is gone already is what was asked for.
  if (method === 'DELETE' && response.status === 404) return;
  if (!response.ok) throw new Error(`${method} ${address.href} answered ${response.status}`);
}

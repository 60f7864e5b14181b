import { ansibleStep } from '../../../define/index.ts';
import { pagesFolder } from '../environment.ts';
import { EmbeddedImage, ExampleServiceInstance } from '../models.gen.ts';

export const syncExampleServiceInstance = ansibleStep({
  synchronizes: ExampleServiceInstance,
  templateName: 'sync_exampleserviceinstance.yaml',

  async getExtraAttributes(instance, { follow, find }) {
    const service = await follow(instance.owner);
    const foreground = await follow(instance.foreground_color);
    const background = await follow(instance.background_color);
    const images = await find(EmbeddedImage, { serviceinstance: instance });
    return {
      instance_name: hostName(instance.name ?? ''),
      pages_dir: pagesFolder(),
      page: instance.id,
      tenant_message: instance.tenant_message,
      service_message: service.service_message,
      foreground_color: foreground?.html_code,
      background_color: background?.html_code,
      images: images.map(({ name, url }) => ({ name, url })),
    };
  },

  mapOutputs: ({ backend_handle }) => ({ backend_handle: String(backend_handle) }),

  deleteRecord: { templateName: 'sync_exampleserviceinstance.yaml' },
});

/** What Ansible calls the host: people may call the instance anything. */
function hostName(name: string): string {
  return (
    name
      .toLowerCase()
      .match(/[a-z0-9]+/g)
      ?.join('-') ?? 'page'
  );
}

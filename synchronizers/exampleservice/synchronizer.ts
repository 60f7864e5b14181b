import { defineSynchronizer } from '../../define/index.ts';
import { syncEmbeddedImage } from './steps/sync-embedded-image.ts';
import { syncExampleServiceInstance } from './steps/sync-exampleserviceinstance.ts';

// ExampleService and Color have no step: nothing of the back end stands for them alone.
export default defineSynchronizer({
  name: 'exampleservice',
  models: new URL('./exampleservice.xproto', import.meta.url),
  steps: [syncExampleServiceInstance, syncEmbeddedImage],
});

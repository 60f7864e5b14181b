// Generated from exampleservice.xproto. Edit the xproto, then run `accord generate`.
import { defineModel, type Ref } from '../../define/index.ts';

export interface ExampleServiceState {
  name: string;
  service_message: string;
}
export interface ExampleServiceFeedback {
  backend_handle: string | null;
}
export const ExampleService = defineModel<'ExampleService', ExampleServiceState, ExampleServiceFeedback>(
  'ExampleService',
);

export interface ColorState {
  name: string;
  html_code: string;
}
export interface ColorFeedback {
  backend_handle: string | null;
}
export const Color = defineModel<'Color', ColorState, ColorFeedback>('Color');

export interface ExampleServiceInstanceState {
  name: string | null;
  owner: Ref<typeof ExampleService>;
  tenant_message: string;
  foreground_color: Ref<typeof Color> | null;
  background_color: Ref<typeof Color> | null;
}
export interface ExampleServiceInstanceFeedback {
  backend_handle: string | null;
}
export const ExampleServiceInstance = defineModel<
  'ExampleServiceInstance',
  ExampleServiceInstanceState,
  ExampleServiceInstanceFeedback,
  'name' | 'foreground_color' | 'background_color'
>('ExampleServiceInstance');

export interface EmbeddedImageState {
  name: string;
  url: string;
  serviceinstance: Ref<typeof ExampleServiceInstance> | null;
}
export interface EmbeddedImageFeedback {
  backend_handle: string | null;
}
export const EmbeddedImage = defineModel<
  'EmbeddedImage',
  EmbeddedImageState,
  EmbeddedImageFeedback,
  'serviceinstance'
>('EmbeddedImage');

/** Names become columns, tables and folders. Postgres cuts what is longer: two of them might become one. */
export const MOST_OF_A_NAME = 63;

/** The last segment of a model's REST address, when no `option plural` says otherwise. */
export function pluralOf(model: string): string {
  return `${model.toLowerCase()}s`;
}

/** `ExampleServiceInstance` → `Example Service Instance` */
export function modelWords(model: string): string {
  return model
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .replaceAll('_', ' ');
}

/** `tenant_message` → `tenant message` */
export function fieldWords(field: string): string {
  return field.replaceAll('_', ' ').trim() || field;
}

/** True for what may be a segment of a REST address: a model's app and plural. */
export function isAddressable(segment: string): boolean {
  return segment.length <= MOST_OF_A_NAME && /^[A-Za-z\d](?:[\w-]*[A-Za-z\d])?$/.test(segment);
}

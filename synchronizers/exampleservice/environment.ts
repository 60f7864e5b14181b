/** Folder that the pages are published in. */
export function pagesFolder(): string {
  return required('EXAMPLESERVICE_PAGES');
}

/** Address of a resource of the back end. Handles are paths, since its port may be another tomorrow. */
export function backendAddress(handle: string): URL {
  return new URL(handle, required('EXAMPLESERVICE_BACKEND'));
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set; \`accord demo\` sets it`);
  return value;
}

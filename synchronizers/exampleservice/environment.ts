import { resolve } from 'node:path';

/** Where the back end listens unless it is told. */
export const BACKEND_PORT = 8090;

/** Folder that the pages are published in. */
export function pagesFolder(): string {
  return resolve(given('EXAMPLESERVICE_PAGES') ?? '.accord/pages');
}

/** Address of a resource of the back end. Handles are paths, since its port may be another tomorrow. */
export function backendAddress(handle: string): URL {
  return new URL(handle, given('EXAMPLESERVICE_BACKEND') ?? `http://127.0.0.1:${BACKEND_PORT}`);
}

function given(name: string): string | undefined {
  const value = process.env[name];
  return value === '' ? undefined : value;
}

/** What the names of our own modules end in: TypeScript in the clone, JavaScript in the package. */
export const OWN_EXTENSION = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

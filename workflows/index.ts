export { syncObject } from './sync-object.ts';

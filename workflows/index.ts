export { deliverEvents, select } from './attend.ts';
export { syncObject } from './sync-object.ts';

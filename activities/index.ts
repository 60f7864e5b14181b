export type { Activities, Attempt, AttemptEnd, Decision } from './contract.ts';
export { createActivities, type ActivitySettings, type ActivitySetup } from './create-activities.ts';
export { Shares } from './places.ts';

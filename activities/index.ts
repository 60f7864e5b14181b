export type { Activities, Attempt, AttemptEnd, Decision, Terms, Visit } from './contract.ts';
export { createActivities, type ActivitySettings, type ActivitySetup } from './create-activities.ts';
export { termsOf } from './decide.ts';
export type { LoadedWatcher } from './deliver.ts';
export { planPlaybook, type Foreseen, type PlannedPlaybook, type PlanSetup } from './plan-playbook.ts';
export { planPlaybooks } from './plan-playbooks.ts';
export type { LoadedPoller } from './select.ts';
export { Shares } from './shares.ts';

/** `sync_color`: what a step's file and playbook are called, as on the slides of XOS. */
export function stepStem(model: string): string {
  return `sync_${model.toLowerCase()}`;
}

/** `model_policy_color` */
export function policyStem(model: string): string {
  return `model_policy_${model.toLowerCase()}`;
}

/** `watch_color` */
export function watcherStem(model: string): string {
  return `watch_${model.toLowerCase()}`;
}

/** A synchronizer cannot be started. `faults` are all that is wrong with it, each a sentence or a caret message. */
export class SynchronizerError extends Error {
  override readonly name = 'SynchronizerError';
  readonly code = 'E_SYNCHRONIZER';
  readonly faults: readonly string[];

  constructor(folder: string, faults: readonly string[]) {
    super(`the synchronizer in ${folder} cannot be started:\n${faults.join('\n')}`);
    this.faults = faults;
  }
}

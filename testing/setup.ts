/** What the author of a synchronizer says about how it is put to the test: the default export of its `conformance.ts`. */
export interface ConformanceSetup {
  /** Fields of made-up objects that must have certain values, by model. */
  readonly fixtures?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /**
   * Prepare, before anything runs: set environment variables, start a back end.
   *
   * @param folder what lies in it counts as the back end's; it is emptied before each check
   */
  setUp?(folder: string): void | Promise<void>;
  /** Look at a back end that is reached neither by `fetch` nor by files in that folder. Plain JSON. */
  observe?(): Promise<unknown>;
  tearDown?(): void | Promise<void>;
}

/** Say how a synchronizer is put to the test. */
export function defineConformance(setup: ConformanceSetup): ConformanceSetup {
  return setup;
}

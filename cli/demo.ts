import { UsageError } from './explain.ts';

export interface DemoOptions {
  /** End when everything is synced. */
  readonly once: boolean;
  readonly json: boolean;
  /** Keep what the demo before stored. */
  readonly keep: boolean;
  /** How long `once` waits. @format milliseconds */
  readonly timeoutMs: number;
}

/** Bring up everything, with the example synchronizer, and show it at work. */
export async function runDemo(options: DemoOptions): Promise<number> {
  throw new UsageError(`demo is not built yet (${JSON.stringify(options)})`);
}

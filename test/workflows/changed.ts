// The control of replay.test.ts: workflows that do something else than what was recorded.
import { sleep } from '@temporalio/workflow';
import * as real from '../../workflows/index.ts';

export async function syncObject(input: Parameters<typeof real.syncObject>[0]): Promise<void> {
  await sleep('1 second');
  await real.syncObject(input);
}

export async function deliverEvents(input: Parameters<typeof real.deliverEvents>[0]): Promise<void> {
  await sleep('1 second');
  await real.deliverEvents(input);
}

export async function select(input: Parameters<typeof real.select>[0]): Promise<void> {
  await sleep('1 second');
  await real.select(input);
}

import { proxyActivities } from '@temporalio/workflow';

const { nothing } = proxyActivities<{ nothing(id: number): Promise<void> }>({
  startToCloseTimeout: '1 minute',
});

/** The least that Temporal can do for an object: one activity, which does nothing. */
export async function raw(id: number): Promise<void> {
  await nothing(id);
}

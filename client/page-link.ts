import type { WorkflowClientInterceptor } from '@temporalio/client';

/** What is about to be started. */
interface Started {
  readonly workflowType: string;
  readonly options: { readonly workflowId: string };
}

/**
 * Have each workflow that is started lead back to the page of Accord: by its details, which the Temporal Web UI shows.
 *
 * They are set when a run is started, and stay with it.
 *
 * @param publicUrl base address under which people open the server
 */
export function linkedTo(publicUrl: string): WorkflowClientInterceptor {
  const page = `${publicUrl.replace(/\/+$/, '')}/ui/#/`;
  const linked = <T extends Started>(input: T): T => ({
    ...input,
    options: { ...input.options, staticDetails: detailsOf(input, page) },
  });
  return {
    startWithDetails: (input, next) => next(linked(input)),
    signalWithStart: (input, next) => next(linked(input)),
  };
}

/** Markdown, as the Temporal Web UI takes it. */
function detailsOf({ workflowType, options: { workflowId } }: Started, page: string): string {
  // Watchers and steps that choose are no objects: how they do stands with their synchronizer.
  return workflowType === 'syncObject'
    ? `[${workflowId} in Accord](${page}objects/${workflowId})`
    : `[Synchronizers in Accord](${page}synchronizers)`;
}

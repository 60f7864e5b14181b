// The thread that runs workflows, with all that it imports.
import '@temporalio/worker/lib/workflow/workflow-worker-thread.js';

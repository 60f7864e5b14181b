/**
 * A stand-in for a worker: runs a playbook during which something is to be killed, then, having lived on, another.
 *
 * Argument (JSON): the options of its dispatcher, the requests. Prints what each run came to.
 */
import { createDispatcher, type DispatcherOptions } from '../../backend/dispatcher.ts';
import { PlaybookError } from '../../backend/playbook-error.ts';
import { runPlaybook, type PlaybookRequest } from '../../backend/run-playbook.ts';

interface Orders {
  readonly options: DispatcherOptions;
  readonly requests: readonly PlaybookRequest[];
}

const { options, requests } = JSON.parse(process.argv[2] ?? '') as Orders;
const dispatcher = createDispatcher(options);
const ansible = { ...options.ansible, dispatcher };
const signal = new AbortController().signal;
for (const request of requests) {
  try {
    const { recap } = await runPlaybook({ ...request, ansible, signal });
    console.log(recap);
  } catch (error) {
    console.log(error instanceof PlaybookError ? error.code : error);
  }
}
await dispatcher.stop();

/** A stand-in for a worker: runs the playbook that its argument (JSON) describes, and is to be killed meanwhile. */
import { runPlaybook, type PlaybookRequest } from '../../backend/run-playbook.ts';

const request = JSON.parse(process.argv[2] ?? '') as PlaybookRequest;
await runPlaybook({ ...request, signal: new AbortController().signal });

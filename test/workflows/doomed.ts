/**
 * A worker that is killed in the middle of an attempt: `node test/workflows/doomed.ts DATABASE_URL TEMPORAL_ADDRESS`.
 *
 * record.ts starts it. It says when it is ready, and hangs over what is named so.
 */
import { createStore } from '../../store/store.ts';
import { createBackend } from '../support/backend.ts';
import { DOOMED } from './lives.ts';
import { startRecorder } from './recorder.ts';

const [databaseUrl = '', address = ''] = process.argv.slice(2);
const backend = createBackend();
backend.hang(DOOMED);
await startRecorder(createStore({ databaseUrl }), address, backend);
console.log('ready');
// Should whoever started it be killed itself.
process.stdin.on('end', () => process.exit()).resume();

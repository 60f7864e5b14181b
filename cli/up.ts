import { resolve } from 'node:path';
import { createClient } from '../client/http.ts';
import { holdFolder } from './hold-folder.ts';
import { startInstallation } from './installation.ts';
import { showFleet } from './live-fleet.ts';
import { processTerminal } from './terminal.ts';
import { untilAsked } from './until-asked.ts';

/** Bring up what is missing, the server, and a worker for each folder; stay, and show the fleet, until asked to stop. */
export async function runUp(folders: readonly string[]): Promise<number> {
  const terminal = processTerminal();
  const dir = resolve('.accord/up');
  const hold = await holdFolder(dir, '`accord up`');
  try {
    return await untilAsked(async (signal) => {
      const installation = await startInstallation({ dir, folders, onProgress: terminal.note, signal });
      const { server, token, temporalUi, failed, stop } = installation;
      terminal.out(`Server:  ${server}`);
      terminal.out(`Web page:  ${server}/ui/`);
      if (temporalUi !== undefined) terminal.out(`Temporal Web UI:  ${temporalUi}`);
      terminal.note(`Logs are in ${dir}/log. Ctrl-C ends it all.`);
      const over = new AbortController();
      const client = createClient({ server, token });
      const shown = showFleet({ client, terminal }, AbortSignal.any([signal, over.signal]));
      return {
        done: failed,
        async stop() {
          over.abort();
          await shown;
          terminal.note('Stopping …');
          await stop();
        },
      };
    });
  } finally {
    await hold.release();
  }
}

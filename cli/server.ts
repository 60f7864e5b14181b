import { readConfig } from '../config.ts';
import { runServer } from '../server/run.ts';
import { untilAsked } from './until-asked.ts';

/** Run the server until it is asked to stop. */
export async function server(): Promise<number> {
  const config = readConfig();
  return untilAsked((signal) => runServer(config, { signal }));
}

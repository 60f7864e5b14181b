import { extname } from 'node:path';
import roll from 'pino-roll';
import type { LogSink } from './log.ts';

const MOST_KEPT_BYTES = 4 * 1024 * 1024;
const CLOSE_MS = 2_000;

/**
 * Write lines to files: `accord.log` becomes `accord.1.log`, at 20 MB `accord.2.log`, and so on; five older ones stay.
 *
 * A full disk keeps nothing waiting: 4 MB are kept in memory, what is more is lost.
 *
 * @param onTrouble told when something cannot be written, once until something can
 * @throws when the folder cannot be made
 */
export async function openLogFile(file: string, onTrouble: (error: Error) => void): Promise<LogSink> {
  const extension = extname(file);
  const stream = await roll({
    file: extension === '' ? file : file.slice(0, -extension.length),
    extension: extension === '' ? '.log' : extension,
    size: '20m',
    limit: { count: 5 },
    mkdir: true,
    // What is logged is for those who may operate.
    mode: 0o640,
    maxLength: MOST_KEPT_BYTES,
  });
  let isInTrouble = false;
  stream.on('error', (error: Error) => {
    if (!isInTrouble) onTrouble(error);
    isInTrouble = true;
  });
  stream.on('drain', () => (isInTrouble = false));
  return {
    write: (line) => void stream.write(line),
    close: () =>
      new Promise((resolve) => {
        const last = setTimeout(resolve, CLOSE_MS);
        stream.once('close', () => {
          clearTimeout(last);
          resolve();
        });
        stream.end();
      }),
  };
}

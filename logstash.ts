import { connect, type Socket } from 'node:net';
import type { Address } from './config-values.ts';
import type { LogSink } from './log.ts';

/** What is kept while the listener is away, or slow. */
const MOST_KEPT_BYTES = 4 * 1024 * 1024;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
const CLOSE_MS = 2_000;

/**
 * Send lines to Logstash's `json_lines` over TCP, across its restarts.
 *
 * A slow or absent listener never keeps anything waiting: lines are kept up to 4 MB, and beyond that they are lost, and
 * counted. A line that counts them follows when the listener is back. What was handed to a connection that then broke
 * counts as lost, too, unless the listener had taken it.
 *
 * @param onLost called for each line that is lost
 * @param onTrouble told once when the listener is away, and once when it is back, with how many lines were lost
 */
export function openLogstash(
  { host, port }: Address,
  onTrouble: (what: { readonly away: boolean; readonly lost: number }) => void,
  onLost: () => void = () => undefined,
): LogSink {
  const kept: string[] = [];
  let keptBytes = 0;
  let lost = 0;
  let pauseMs = FIRST_PAUSE_MS;
  let isAway = false;
  let isClosing = false;
  let socket: Socket | undefined;
  let timer: NodeJS.Timeout | undefined;
  let whenEmpty: (() => void) | undefined;

  const lose = (): void => {
    lost += 1;
    onLost();
  };

  const keep = (line: string): void => {
    const bytes = Buffer.byteLength(line);
    if (keptBytes + bytes > MOST_KEPT_BYTES) {
      lose();
      return;
    }
    kept.push(line);
    keptBytes += bytes;
  };

  const drain = (): void => {
    while (socket?.writable === true && !socket.writableNeedDrain) {
      const line = kept.shift();
      if (line === undefined) break;
      keptBytes -= Buffer.byteLength(line);
      socket.write(line, (error) => {
        if (error != null) lose();
      });
    }
    if (kept.length === 0) whenEmpty?.();
  };

  const open = (): void => {
    const one = connect({ host, port });
    // Nobody is to wait for a log when the process has nothing else to do.
    one.unref();
    one.on('connect', () => {
      socket = one;
      pauseMs = FIRST_PAUSE_MS;
      if (lost > 0)
        one.write(
          `${JSON.stringify({ level: 40, time: new Date().toISOString(), lost, msg: 'log lines were lost' })}\n`,
        );
      if (isAway) onTrouble({ away: false, lost });
      isAway = false;
      lost = 0;
      drain();
    });
    one.on('drain', drain);
    // A listener has nothing to say; but unread, its end of the connection would go unnoticed.
    one.resume();
    one.on('error', () => undefined);
    one.on('close', () => {
      if (socket === one) socket = undefined;
      if (isClosing) return;
      if (!isAway) onTrouble({ away: true, lost: 0 });
      isAway = true;
      timer = setTimeout(open, pauseMs).unref();
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    });
  };
  open();

  return {
    write(line) {
      keep(line);
      drain();
    },
    async close() {
      isClosing = true;
      clearTimeout(timer);
      const open = socket;
      if (open === undefined) return;
      await new Promise<void>((resolve) => {
        const last = setTimeout(resolve, CLOSE_MS);
        whenEmpty = () => {
          open.end(() => {
            clearTimeout(last);
            resolve();
          });
        };
        drain();
      });
      open.destroy();
    },
  };
}

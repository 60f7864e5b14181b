/** What is used of it; it brings no types. */
declare module 'pino-roll' {
  import type { EventEmitter } from 'node:events';

  interface RollingFile extends EventEmitter {
    write(line: string): boolean;
    end(): void;
  }
  export default function roll(options: {
    /** Its number and `extension` are appended. */
    readonly file: string;
    readonly extension: string;
    /** When the next file begins. */
    readonly size: string;
    /** Of those before, how many are kept. */
    readonly limit: { readonly count: number };
    readonly mkdir: boolean;
    readonly mode: number;
    /** Most that is kept in memory; what is more is dropped. @format bytes */
    readonly maxLength: number;
  }): Promise<RollingFile>;
}

import { createColors } from 'picocolors';
import { runCli } from '../../cli/program.ts';
import type { Terminal } from '../../cli/terminal.ts';

export interface Finished {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A terminal that remembers what was written. */
export function recorder(options: { readonly width?: number; readonly hasColors?: boolean } = {}): {
  terminal: Terminal;
  written: () => { stdout: string; stderr: string };
} {
  const out: string[] = [];
  const notes: string[] = [];
  const colors = createColors(options.hasColors ?? false);
  const terminal: Terminal = {
    out: (text) => void out.push(text),
    note: (text) => void notes.push(text),
    width: options.width,
    colors,
  };
  return { terminal, written: () => ({ stdout: out.join('\n'), stderr: notes.join('\n') }) };
}

/** Run the command line in this process, as if it had been typed. */
export async function accord(
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<Finished> {
  const { terminal, written } = recorder();
  const exitCode = await runCli(args, terminal, environment);
  return { exitCode, ...written() };
}

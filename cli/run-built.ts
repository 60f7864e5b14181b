import { EXIT, explain } from './explain.ts';

/**
 * Run a worker for a folder that `accord build` has written; what its `main.js` calls.
 *
 * @param args `--check`: load everything that it would need, and start nothing
 * @returns the exit code
 */
export async function runBuilt(folder: string, args: readonly string[] = []): Promise<number> {
  try {
    const { runWorkerCommand } = await import('./worker.ts');
    if (!args.includes('--check')) return await runWorkerCommand(folder);
    const { loadFolder } = await import('../worker/load-folder.ts');
    await loadFolder(folder);
    return EXIT.ok;
  } catch (error) {
    const said = explain(error, { verbose: args.includes('--verbose') });
    process.stderr.write(`accord: ${said.text}\n`);
    return said.exitCode;
  }
}

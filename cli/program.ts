import { Command, CommanderError } from 'commander';
import { addDevelopCommands } from './develop-commands.ts';
import { EXIT, explain } from './explain.ts';
import { addOperateCommands } from './operate-commands.ts';
import { addRunCommands } from './run-commands.ts';
import { openSession, type GlobalOptions, type Session } from './session.ts';
import type { Terminal } from './terminal.ts';

/** What a command's definition gives its work: the modules that do it are loaded when it runs, not for `--help`. */
export interface Door {
  /** Keep the exit code of `work`. */
  readonly run: (work: () => Promise<number>) => Promise<void>;
  /** The same, for work that talks to a server. @param whenFailed the exit code of an error @default 1 */
  readonly ask: (work: (session: Session) => Promise<number>, whenFailed?: number) => Promise<void>;
  readonly terminal: Terminal;
}

/**
 * Run the command line.
 *
 * @returns the exit code: 0, 1 when it failed or is not ready, 2 when it was not understood
 */
export async function runCli(
  args: readonly string[],
  terminal: Terminal,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<number> {
  let exitCode: number = EXIT.ok;
  let failed: number = EXIT.failed;
  const program = createProgram(terminal, {
    terminal,
    run: async (work) => {
      exitCode = await work();
    },
    ask: async (work, whenFailed = EXIT.failed) => {
      failed = whenFailed;
      exitCode = await work(openSession(program.opts<GlobalOptions>(), terminal, environment));
    },
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    // Commander has said it already; help that was asked for is no failure.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const verbose = program.opts<GlobalOptions>().verbose === true;
    const said = explain(error, { verbose });
    terminal.note(`accord: ${said.text}`);
    return Math.max(said.exitCode, failed);
  }
}

function createProgram(terminal: Terminal, door: Door): Command {
  const program = new Command('accord')
    .description('Keeps a back end in the state that a data model asks for.')
    .option('--server <address>', 'the server to talk to (ACCORD_SERVER, else http://127.0.0.1:8000)')
    .option('--token <token>', 'what it asks for (ACCORD_TOKEN)')
    .option('--verbose', 'say of errors where they come from')
    .showHelpAfterError('(accord --help lists the commands, accord COMMAND --help their options)')
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.note(text.trimEnd()),
    })
    .helpCommand(false)
    .exitOverride();
  addRunCommands(program.commandsGroup('Run:'), door);
  addOperateCommands(program.commandsGroup('Operate:'), door);
  addDevelopCommands(program.commandsGroup('Develop:'), door);
  return program;
}

import { ApiError, ServerUnavailable } from '../client/http.ts';
import { ConfigError } from '../config.ts';
import { StoreUnavailable } from '../store/errors.ts';
import { SynchronizerError } from '../worker/synchronizer-error.ts';

/** What was typed cannot be meant. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The exit codes of every command. */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

/** Say an error to people: one sentence, and what to do about it. */
export function explain(
  error: unknown,
  { verbose }: { readonly verbose: boolean },
): { text: string; exitCode: number } {
  const isKnown = error instanceof Error;
  const lines = isKnown ? sentences(error) : [String(error)];
  if (verbose && isKnown) lines.push(stacks(error));
  else if (isUnforeseen(error)) lines.push('(--verbose shows where)');
  return { text: shortened(lines.join('\n')), exitCode: isUsage(error) ? EXIT.usage : EXIT.failed };
}

/** Several lines of a terminal. */
const MOST_OF_A_LINE = 1_000;

/** What was given is quoted in many a message, and may be a whole file: of such a line, both ends say the most. */
export function shortened(text: string): string {
  const half = MOST_OF_A_LINE / 2;
  const cut = (line: string) => `${line.slice(0, half)} … ${line.slice(-half)}`.toWellFormed();
  return text
    .split('\n')
    .map((line) => (line.length > MOST_OF_A_LINE ? cut(line) : line))
    .join('\n');
}

function sentences(error: Error): string[] {
  if (error instanceof ServerUnavailable) {
    return [
      error.message,
      'Start one with `accord up DIR` or `accord server`, or name another with --server or ACCORD_SERVER.',
    ];
  }
  if (error instanceof StoreUnavailable)
    return [
      error.message,
      'Start it, or name another with DATABASE_URL; `accord doctor` says what is there.',
    ];
  if (error instanceof ConfigError) return [...error.faults];
  if (!(error instanceof ApiError)) return [error.message];
  const remedy = remedyFor(error);
  const several = error.faults.length > 1;
  return [
    several ? `${error.faults.length} faults, nothing was stored:` : error.message,
    ...(several ? error.faults.map((fault) => `  ${fault.message}`) : []),
    ...(remedy === undefined ? [] : [remedy]),
  ];
}

/** More than a line of a command. */
const SHOWN_DEPENDENTS = 10;

function remedyFor(error: ApiError): string | undefined {
  switch (error.code) {
    case 'E_TOKEN':
      return 'Give it with --token or ACCORD_TOKEN.';
    case 'E_HTTP':
      return 'Name another with --server or ACCORD_SERVER.';
    case 'E_STORE_UNAVAILABLE':
      return 'Ask again when its database is back: `accord wait` goes on trying.';
    case 'E_STALE':
      return (
        error.current &&
        `Read it again: accord get ${error.current.leaf_model_name}/${error.current.id} -o yaml`
      );
    case 'E_IN_USE':
      return error.dependents.length === 0
        ? undefined
        : `See them: accord get ${error.dependents.slice(0, SHOWN_DEPENDENTS).join(' ')}`;
    case 'E_NOT_FOUND': {
      const [, model] = /^there is no ([A-Za-z_]\w*)\/\d+$/.exec(error.message) ?? [];
      return model && `See what there is: accord get ${model}`;
    }
    default:
      return undefined;
  }
}

function isUsage(error: unknown): boolean {
  return error instanceof UsageError || error instanceof ConfigError || error instanceof SynchronizerError;
}

/** Errors of ours carry a code; what does not is a fault of the program, and its place is what helps. */
function isUnforeseen(error: unknown): boolean {
  return error instanceof Error && !isUsage(error) && !('code' in error) && !('address' in error);
}

function stacks(error: Error): string {
  const { stack = error.message, cause } = error;
  return cause instanceof Error ? `${stack}\ncaused by: ${stacks(cause)}` : stack;
}

/** What `./run` of a sys_dir entry repeats. Arguments are relative to the entry. */
export interface RunScript {
  readonly object: string;
  readonly command: readonly string[];
  readonly playbook: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Write the shell script that repeats an attempt by hand, with the same configuration and without Accord running. */
export function runScript({ object, command, playbook, env }: RunScript): string {
  const variables = Object.entries(env).map(([name, value]) => `  ${name}=${quoted(value)} \\\n`);
  return `#!/bin/sh
# Repeats by hand what Accord last ran for ${object}. Options of ansible-playbook may follow, such as --check --diff.
cd -- "$(dirname -- "$0")" || exit
exec env -i SSH_AUTH_SOCK="\${SSH_AUTH_SOCK-}" \\
${variables.join('')}  ${command.map(quoted).join(' ')} "$@" ${quoted(playbook)}
`;
}

/** Quote a word for the shell. */
function quoted(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

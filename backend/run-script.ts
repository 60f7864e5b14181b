import { fileURLToPath } from 'node:url';

/** One way to run the playbooks of an entry. Paths are relative to it. */
export interface Play {
  readonly playbook: string;
  /** Files of extra-vars; the later win. */
  readonly variables: readonly string[];
  /** What the playbook is rendered from, when it may be a template. */
  readonly template: string | undefined;
}

const VALUES = 'values.json';
const RENDER = fileURLToPath(new URL('./ansible/accord/render.py', import.meta.url));

/** The arguments of ansible-playbook for a play, and those of render.py, which runs first. */
export function commandOf(
  command: string,
  { playbook, variables, template }: Play,
  modes: readonly string[],
): { argv: string[]; render?: string[] } {
  const extra = [...variables, VALUES].flatMap((file) => ['-e', `@${file}`]);
  return {
    argv: [command, '-i', 'inventory.json', ...extra, ...modes, playbook],
    ...(template === undefined ? {} : { render: [template, playbook, VALUES, ...variables] }),
  };
}

/** What `./run` repeats. */
export interface RunScript {
  readonly object: string;
  readonly ansible: { readonly playbook: string; readonly python: string };
  readonly environment: Readonly<Record<string, string>>;
  readonly play: Play;
  readonly deletion: Play | undefined;
}

/** Write the shell script that repeats an attempt by hand, with the same configuration and without Accord running. */
export function runScript({ object, ansible, environment, play, deletion }: RunScript): string {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${quoted(value)}`);
  const body = (part: Play): string => {
    const { argv, render } = commandOf(ansible.playbook, part, []);
    const target = argv.pop() ?? '';
    const rendering = render === undefined ? '' : `with ${words([ansible.python, RENDER, ...render])} && `;
    return `${rendering}with ${words(argv)} "$@" ${quoted(target)}`;
  };
  return `#!/bin/sh
# Repeats by hand what Accord last ran for ${object}.
#   ./run [--delete] [OPTION OF ansible-playbook]…   such as --check --diff
cd -- "$(dirname -- "$0")" || exit
with() {
  env -i SSH_AUTH_SOCK="\${SSH_AUTH_SOCK-}" \\
    ${variables.join(' \\\n    ')} \\
    "$@"
}
if [ "\${1-}" = --delete ]; then
  shift
  ${deletion === undefined ? NO_DELETION : body(deletion)}
else
  ${body(play)}
fi
`;
}

const NO_DELETION = `echo 'No playbook deletes this object.' >&2; exit 2`;

function words(list: readonly string[]): string {
  return list.map(quoted).join(' ');
}

/** Quote a word for the shell. */
function quoted(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

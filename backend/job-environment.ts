import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a playbook may see of the worker's environment: not its database address, nor its tokens. */
const PASSED = /^(PATH|HOME|USER|LOGNAME|TZ|SSH_AUTH_SOCK|ANSIBLE_.*|(https?|no|all)_proxy)$/i;

/** Where our callback plugin is. */
export const CALLBACKS = fileURLToPath(new URL('./ansible/callback', import.meta.url));

/**
 * The environment of ansible-playbook, the same for every job of a synchronizer.
 *
 * `ansible.cfg` is looked for beside the playbooks and in the folder above them; without one, Ansible finds its own.
 */
export function jobEnvironment(
  playbooksDir: string,
  environment: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const passed = Object.entries(environment).filter(
    ([name, value]) => PASSED.test(name) && value !== undefined,
  );
  const config = [playbooksDir, dirname(playbooksDir)]
    .map((folder) => join(folder, 'ansible.cfg'))
    .find((file) => existsSync(file));
  return {
    ...(Object.fromEntries(passed) as Record<string, string>),
    ...(config === undefined ? {} : { ANSIBLE_CONFIG: config }),
    // Ansible refuses to start in any locale but a UTF-8 one.
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    // Ours first, then where Ansible looks by itself.
    ANSIBLE_CALLBACK_PLUGINS: [
      CALLBACKS,
      environment['ANSIBLE_CALLBACK_PLUGINS'] ??
        '~/.ansible/plugins/callback:/usr/share/ansible/plugins/callback',
    ].join(':'),
    // The authors' folders stay as they are.
    PYTHONDONTWRITEBYTECODE: '1',
  };
}

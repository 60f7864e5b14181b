import { join } from 'node:path';
import { createDispatcher, type Dispatcher } from '../backend/dispatcher.ts';
import { runPlaybook, type Ansible } from '../backend/run-playbook.ts';
import { provideAnsible } from '../platform/ansible.ts';
import type { Progress } from '../platform/progress.ts';
import type { PlayRunner } from '../testing/try-step.ts';

/** Longer than a playbook takes on a busy machine; one that hangs is a finding. */
const TIMEOUT_MS = 120_000;

/** Run playbooks of a synchronizer for real, with Ansible found when the first one is to run. */
export function createPlayRunner(
  root: string,
  runs: string,
  onProgress: Progress,
): { readonly play: PlayRunner; readonly stop: () => Promise<void> } {
  let warm: Promise<{ ansible: Ansible; dispatcher: Dispatcher }> | undefined;
  let number = 0;
  const start = async (): Promise<{ ansible: Ansible; dispatcher: Dispatcher }> => {
    const ansible = await provideAnsible(onProgress);
    const playbooksDir = join(root, 'playbooks');
    return { ansible, dispatcher: createDispatcher({ ansible, playbooksDir, mode: 'warm' }) };
  };
  return {
    async play({ templateName, variables, isDeletion, onTask, signal }) {
      warm ??= start();
      const { ansible, dispatcher } = await warm;
      const said: string[] = [];
      const result = await runPlaybook({
        ansible: { ...ansible, dispatcher },
        playbook: join(root, 'playbooks', templateName),
        variables: Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined)),
        runDir: join(runs, String(++number)),
        signal,
        timeoutMs: TIMEOUT_MS,
        delete: isDeletion,
        onEvent(event) {
          said.push(JSON.stringify(event));
          if (event.event === 'result' && event.status === 'ok') onTask(event.task ?? 'without a name');
        },
      });
      return { outputs: result.outputs, output: `${result.output}\n${said.join('\n')}` };
    },
    async stop() {
      await (await warm)?.dispatcher.stop();
    },
  };
}

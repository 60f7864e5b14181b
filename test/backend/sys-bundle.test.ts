import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { bundleOf, rebuildEntry, type SysBundle } from '../../backend/sys-bundle.ts';
import { ansible, createBench, play } from './playbooks.ts';

test('an attempt is rebuilt from what is kept of it, without its secrets', { timeout: 180_000 }, async () => {
  const bench = await createBench();
  const target = join(bench.folder, 'target');
  await bench.write(
    'roles/put/tasks/main.yaml',
    `- copy: {content: "{{ word }} {{ token }}", dest: ${target}}\n`,
  );
  const text = '- {hosts: localhost, gather_facts: false, roles: [put]}\n';
  const variables = { word: '{{ 7 * 7 }}', token: 'hunter2' };
  await bench.run(text, { variables });
  const playbook = join(bench.folder, 'playbooks', 'playbook.yaml');
  const request = { ansible, playbook, runDir: bench.runDir, variables };
  const kept = JSON.stringify(await bundleOf(request)).replaceAll('hunter2', '***');

  // The playbook has changed since; the attempt has not.
  await bench.write('playbook.yaml', play('- fail: {}'));
  await rm(bench.runDir, { recursive: true });
  const to = join(bench.folder, 'rebuilt');
  const stored = JSON.parse(kept) as SysBundle;
  await rebuildEntry(stored, to, { ansible, playbooksDir: join(bench.folder, 'playbooks') });
  await execa(join(to, 'run'), [], { extendEnv: false });
  expect(await readFile(target, 'utf8')).toBe('{{ 7 * 7 }} ***');
});

test('a bundle holds no private key', async () => {
  const bench = await createBench();
  await bench.run(play('- debug: {}'));
  const key = { text: 'PRIVATE' };
  const host = { address: '10.0.0.1', user: 'ubuntu', key };
  const bundle = await bundleOf({
    ansible,
    playbook: '/playbooks/playbook.yaml',
    runDir: bench.runDir,
    variables: {},
    target: { ...host, name: 'web-1', jump: host },
  });
  expect(JSON.stringify(bundle)).not.toContain('PRIVATE');
  expect(bundle.target?.jump?.address).toBe('10.0.0.1');
});

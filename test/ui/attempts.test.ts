import { describe, expect, test } from 'vitest';
import type { Ref } from '../../model/definition.ts';
import { appendAttemptEvents, type AttemptEvent } from '../../store/attempt-events.ts';
import { waitFor } from '../support/wait-for.ts';
import { barriers } from './browser.ts';
import { provideLab, spell } from './lab.ts';

const lab = await provideLab();

/** Tell what happens in the attempt that runs, as the runner of playbooks does. */
async function tell({ id }: Ref, events: readonly AttemptEvent['event'][], from = 1): Promise<void> {
  const { database } = lab.installation().engine.store;
  const [fence] = await database.query<{ token: number; attempt: number }>(
    'select token, attempt from attempts where object_id = $1 and finished is null',
    [id],
  );
  if (fence === undefined) throw new Error(`no attempt on ${id} runs`);
  const told = events.map((event, at) => ({ number: from + at, at: new Date(), event }));
  await appendAttemptEvents(database, { id, ...fence }, told);
}

describe.skipIf(lab.isMissing)('the attempts on an object', () => {
  test('stand on a timeline among the changes of its goal, and unfold to all that they said', async () => {
    const { backend, engine } = lab.installation();
    backend.fail(() => new Error('HTTP 503 from the palette\n\u001b[31mthe mill\u001b[0m <b>stands</b>'));
    const ref = await engine.create('Pigment', { name: 'sepia' });
    await engine.untilState(ref, 'Error');
    const page = await lab.openObject(ref);
    const timeline = page.getByRole('region', { name: 'Attempts and changes' });
    const first = timeline.locator('summary').filter({ hasText: 'failed' }).first();
    await first.filter({ hasText: 'HTTP 503 from the palette' }).waitFor();
    await first.click();
    const said = timeline.getByRole('region', { name: /^What attempt \d+ said$/ }).first();
    await said.getByText('<b>stands</b>').first().waitFor();
    expect(await said.locator('.tone-red').first().textContent()).toBe('the mill');
    // Another of the same comes; what is unfolded stays so.
    const number = Number(/\d+/.exec((await said.getAttribute('aria-label')) ?? '')?.[0]);
    await timeline.getByRole('region', { name: `What attempt ${number + 1} said`, exact: true }).waitFor();
    await timeline.getByText('created').waitFor();
    expect(await barriers(page)).toEqual([]);

    backend.fail(() => undefined);
    await engine.update(ref, { name: 'sepia toned' });
    await timeline.locator('summary').filter({ hasText: 'synced' }).first().waitFor();
    await timeline.getByText('sepia toned').first().waitFor();
    expect(page.loads()).toBe(1);
  });

  test('show what happens in a playbook while it runs, each line once', async () => {
    const { backend, engine } = lab.installation();
    const release = backend.hang('bistre');
    const ref = await engine.create('Pigment', { name: 'bistre' });
    const page = await lab.openObject(ref);
    await page.locator('summary').filter({ hasText: '1 runs' }).waitFor();
    const grind = { taskId: 'a', task: 'grind', action: 'command', noLog: false };
    await tell(ref, [{ event: 'task', ...grind }]);
    const tasks = page.getByRole('list', { name: 'Tasks of attempt 1' });
    await tasks.getByText('«grind» …').waitFor();
    const result = { event: 'result', ...grind, status: 'ok', host: 'web-1', durationMs: 200, changed: true };
    await tell(ref, [{ ...result, ignored: false, result: {} }], 2);
    await tasks.getByText('changed «grind» on web-1').waitFor();
    release();
    await page.locator('summary').filter({ hasText: '1 synced' }).waitFor();
    await waitFor('the lines to be there once', async () =>
      (await tasks.getByRole('listitem').count()) === 1 ? true : undefined,
    );
    expect(page.url()).toContain(spell(ref));
    expect(page.loads()).toBe(1);
  });
});

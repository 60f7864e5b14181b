import type { PauseTarget } from '../client/operate.ts';
import { EXIT, UsageError } from './explain.ts';
import { modelNamed, objectNamed, refOf, spell, split } from './names.ts';
import { spanText, parseSpan } from './spans.ts';
import { table } from './table.ts';
import type { Session } from './session.ts';

export interface PauseFlags {
  readonly synchronizer?: string;
  readonly reason: string;
  readonly until?: string;
}

/** Pause objects, models or a synchronizer; without any, list what is paused. */
export async function pause(names: readonly string[], flags: PauseFlags, session: Session): Promise<number> {
  const { client, terminal } = session;
  const targets = await targetsNamed(names, flags.synchronizer, session);
  if (targets.length === 0) return list(session);
  const until = flags.until === undefined ? {} : { until: timeOf(flags.until) };
  for (const { title, target } of targets) {
    const { until: end } = await client.pause(target, { reason: flags.reason, ...until });
    terminal.out(`${title} paused${end === null ? '' : ` until ${end}`}`);
    terminal.note(`To go on:  accord resume ${'synchronizer' in target ? `--synchronizer ${title}` : title}`);
  }
  return EXIT.ok;
}

/** Resume objects, models or a synchronizer. */
export async function resume(
  names: readonly string[],
  { synchronizer }: { readonly synchronizer?: string },
  session: Session,
): Promise<number> {
  const { client, terminal } = session;
  const targets = await targetsNamed(names, synchronizer, session);
  if (targets.length === 0)
    throw new UsageError(
      'name what to resume: Model/id, Model or --synchronizer NAME; `accord pause` lists what is paused',
    );
  for (const { title, target } of targets) {
    const wasPaused = await client.resume(target);
    terminal.out(wasPaused ? `${title} resumed` : `${title} was not paused`);
    if (!wasPaused) terminal.note('`accord pause` lists what is; `accord why` says what holds an object');
  }
  return EXIT.ok;
}

async function targetsNamed(
  names: readonly string[],
  synchronizer: string | undefined,
  { client }: Session,
): Promise<{ readonly title: string; readonly target: PauseTarget }[]> {
  const models = names.length === 0 ? [] : await client.models();
  const targets: { title: string; target: PauseTarget }[] = [];
  // All names first: a wrong one must not leave half of them paused.
  for (const name of names) {
    const { model, rest } = split(name);
    if (rest === undefined) {
      const { name: title } = modelNamed(model, models);
      targets.push({ title, target: { model: title } });
    } else {
      const object = await objectNamed(name, models, client);
      targets.push({ title: spell(object), target: refOf(object) });
    }
  }
  if (synchronizer !== undefined) targets.push({ title: synchronizer, target: { synchronizer } });
  return targets;
}

async function list({ client, terminal }: Session): Promise<number> {
  const pauses = await client.pauses();
  if (pauses.length === 0)
    terminal.note('Nothing is paused. Pause something: accord pause Model/id --reason …');
  else {
    const columns = [
      { title: 'WHAT', cell: (one: (typeof pauses)[number]) => `${one.scope} ${one.target}` },
      { title: 'BY', cell: (one: (typeof pauses)[number]) => one.by },
      { title: 'FOR', cell: (one: (typeof pauses)[number]) => spanText(Date.now() - Date.parse(one.since)) },
      { title: 'UNTIL', cell: (one: (typeof pauses)[number]) => one.until ?? '' },
      { title: 'REASON', cell: (one: (typeof pauses)[number]) => one.reason },
    ];
    terminal.out(table(columns, pauses, terminal.width));
  }
  return EXIT.ok;
}

/** A span from now on, or a time; without a zone it is meant where it is typed. */
function timeOf(text: string): string {
  if (/^\d+(\.\d+)?(ms|s|m|h|d)$/.test(text)) return new Date(Date.now() + parseSpan(text)).toISOString();
  const time = Date.parse(text);
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(time)) return new Date(time).toISOString();
  throw new UsageError(
    `${JSON.stringify(text)} is no time: give a span, as in 2h or 3d, or a time, as in 2030-01-31T18:00`,
  );
}

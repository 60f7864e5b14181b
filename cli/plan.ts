import type { ApiPlan, ApiPlanned } from '../client/operate-wire.ts';
import { EXIT } from './explain.ts';
import { objectNamed, refOf } from './names.ts';
import { playbookLines, planPlaybooksIn, type ShownPlaybook } from './plan-playbooks.ts';
import type { Session } from './session.ts';
import { reasonText } from './states.ts';
import { printable } from './table.ts';
import type { Terminal } from './terminal.ts';
import { readWishes } from './wishes.ts';

export interface PlanFlags {
  /** As `accord apply` reads them. */
  readonly file?: readonly string[];
  readonly delete?: readonly string[];
  readonly cascade: boolean;
  /** Ask Ansible what playbooks would change. */
  readonly check: boolean;
  /** Of the synchronizer whose playbooks are shown. @default the current one, if it is one */
  readonly folder?: string;
  readonly output: 'text' | 'json';
}

/** Show what would be done were this changed; without changes, what is to be done now. @returns 0 for nothing, 1 for something */
export async function plan(flags: PlanFlags, session: Session): Promise<number> {
  const { client, terminal } = session;
  const models = await client.models();
  const items = flags.file === undefined ? [] : await readWishes(flags.file, models);
  const removals = [];
  for (const name of flags.delete ?? []) removals.push(refOf(await objectNamed(name, models, client)));
  const changes = { items, delete: removals, cascade: flags.cascade };
  const answer = await client.plan(changes);
  const playbooks =
    answer.items.length === 0 ? [] : await planPlaybooksIn(flags, { ...changes, models }, terminal);
  const playbookFor = ({ object, item }: ApiPlanned): ShownPlaybook | undefined =>
    playbooks.find((one) => (object === null ? one.item === item : one.object === object));

  if (flags.output === 'json') {
    const shown = answer.items.map((one) => ({ ...one, playbook: playbookFor(one) ?? null }));
    terminal.out(JSON.stringify({ ...answer, items: shown }, null, 2));
  } else {
    print(answer, playbookFor, terminal);
  }
  return answer.items.length === 0 ? EXIT.ok : EXIT.failed;
}

function print(
  plan: ApiPlan,
  playbookFor: (planned: ApiPlanned) => ShownPlaybook | undefined,
  terminal: Terminal,
): void {
  if (plan.items.length === 0) {
    terminal.out('Nothing is to be done.');
    return;
  }
  const width = Math.min(40, Math.max(...plan.items.map((one) => titleOf(one).length)));
  let wave: number | null = null;
  for (const one of plan.items) {
    if (plan.waves > 1 && one.wave !== null && one.wave !== wave) terminal.out(`Wave ${one.wave}`);
    wave = one.wave;
    terminal.out(lineOf(one, width, terminal));
    for (const line of playbookLines(playbookFor(one), terminal)) terminal.out(`      ${line}`);
  }
  terminal.out(summaryOf(plan));
  if (plan.circle.length > 0)
    terminal.note(
      `There is no order for all of it: ${plan.circle.join(' → ')} wait for each other in a circle.`,
    );
}

const SIGNS = {
  create: ['+', 'green'],
  change: ['~', 'yellow'],
  resync: ['↻', 'blue'],
  delete: ['-', 'magentaBright'],
  pending: ['…', 'gray'],
} as const satisfies Record<ApiPlanned['act'], readonly [string, keyof Terminal['colors']]>;

function lineOf(one: ApiPlanned, width: number, { colors }: Terminal): string {
  const [sign, color] = SIGNS[one.act];
  const said = [
    Object.entries(one.changes)
      .map(([field, { before, after }]) =>
        one.act === 'create'
          ? `${field} ${valueText(after)}`
          : `${field} ${valueText(before)} → ${valueText(after)}`,
      )
      .join(', '),
    one.act === 'pending' ? 'is not done yet' : '',
    reasonText(one.reason ?? ''),
    one.wave === null ? withoutWave(one) : '',
  ];
  const text = said.filter((part) => part !== '').join('; ');
  return `  ${colors[color](sign)} ${titleOf(one).padEnd(width)}  ${printable(text)}`.trimEnd();
}

/** Nothing is done for it, or not before a circle is broken. */
const withoutWave = ({ after }: ApiPlanned): string =>
  after.length === 0 ? 'done when it is stored' : `waits for ${shortened(after).join(', ')}`;

function titleOf({ object, model, name }: ApiPlanned): string {
  if (object === null) return printable(`${model}/${name ?? '(new)'}`);
  return printable(name === null ? object : `${object} ${name}`);
}

const MOST_OF_A_VALUE = 60;

function valueText(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > MOST_OF_A_VALUE ? `${text.slice(0, MOST_OF_A_VALUE)}…` : text;
}

function summaryOf(plan: ApiPlan): string {
  const { create, change, resync, pending, waves, chain, unchanged, omitted } = plan;
  const counts = [
    `${create} to create`,
    `${change} to change`,
    `${resync} to resync`,
    `${plan.delete} to delete`,
    ...(pending > 0 ? [`${pending} to be done before`] : []),
    ...(unchanged > 0 ? [`${unchanged} unchanged`] : []),
  ];
  const order =
    waves < 2
      ? ''
      : ` ${waves} waves; the longest chain is ${chain.length}: ${printable(shortened(chain).join(' → '))}.`;
  const more = omitted > 0 ? ` ${omitted} more are not shown.` : '';
  return `Plan: ${counts.join(', ')}.${order}${more}`;
}

const shortened = (chain: readonly string[]): readonly string[] =>
  chain.length <= 6 ? chain : [...chain.slice(0, 3), '…', ...chain.slice(-2)];

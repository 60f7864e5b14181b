import { access } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { PlaybookError } from '../backend/playbook-error.ts';
import { reachable, type PrivateKey, type SshHost, type SshTarget } from '../backend/ssh-target.ts';
import { DeferredException } from '../define/errors.ts';
import type { Reader, StepContext } from '../define/context.ts';
import type { AnyStep } from '../define/synchronizer.ts';
import type { Ref } from '../model/definition.ts';
import type { PlaybookSetup } from './playbook.ts';
import type { AuthorObject } from './reader.ts';

type InstanceStep = Extract<AnyStep, { readonly kind: 'instance' }>;

/** A name that no resolver knows, for what is only pretended: were it run by hand, nothing would be reached. */
const NOWHERE = 'pretended.invalid';

/**
 * Find the machine that the step of an object runs on, and how it is reached.
 *
 * What is looked at for that is noted: when it changes, the object is synchronized again.
 *
 * @throws {DeferredException} while it is not there, has no name, or has no address
 */
export async function targetOf(
  setup: PlaybookSetup,
  step: InstanceStep,
  object: AuthorObject,
  context: StepContext,
): Promise<SshTarget> {
  const link = step.instance ?? 'instance';
  const instance = await follow(context, object[link]);
  const { name, address } = context.pretend
    ? { name: textOf(instance, 'instance_name') ?? `${object.model}-${object.id}`, address: NOWHERE }
    : reachable(
        link,
        instance && { instance_name: textOf(instance, 'instance_name') },
        instance &&
          (step.address === undefined
            ? await addressOf(setup, instance, context)
            : await step.address(object, context)),
      );
  const field = hostKeyField(step);
  const recorded = field === undefined ? [] : linesOf(textOf(object, field));
  const known =
    step.hostKeys === undefined
      ? linesOf(textOf(instance, 'host_keys'))
      : await step.hostKeys(object, context);
  const key = await keyOf(setup, step, object, instance, context);
  const jump = setup.proxySsh && (await jumpHost(setup, link, instance, context));
  return {
    name,
    address,
    ...(step.user === undefined ? {} : { user: step.user }),
    ...(key === undefined ? {} : { key }),
    hostKeys: [...known, ...recorded],
    trustOnFirstUse: field !== undefined,
    ...(jump === undefined ? {} : { jump }),
  };
}

/** Where the first key that the machine showed is recorded; undefined when it is not to be trusted. */
export const hostKeyField = (step: InstanceStep): string | undefined => step.trustOnFirstUse;

/** Networks by which machines are managed, the likeliest first. */
const MANAGEMENT = ['MANAGEMENT_LOCAL', 'MANAGEMENT_HOST'];

/** As in XOS: by the management network, where it is on one; then what the Instance says itself; then any network. */
async function addressOf(
  setup: PlaybookSetup,
  instance: AuthorObject,
  context: Reader,
): Promise<string | undefined> {
  const ports = (await setup.store.models()).has('Port')
    ? await find(context, 'Port', { instance: { model: instance.model, id: instance.id } })
    : [];
  const withIp = ports.filter((port) => textOf(port, 'ip') !== null);
  const ranks = await Promise.all(
    withIp.map(async (port) => {
      const network = await follow(context, port['network']);
      const template = network && (await follow(context, network['template']));
      const kind = MANAGEMENT.indexOf(textOf(template, 'vtn_kind') ?? '');
      if (kind >= 0) return kind;
      return /^management/i.test(textOf(network, 'name') ?? '') ? MANAGEMENT.length : Infinity;
    }),
  );
  const best = Math.min(...ranks);
  const managed = best === Infinity ? undefined : withIp[ranks.indexOf(best)];
  return textOf(managed, 'ip') ?? textOf(instance, 'ip') ?? textOf(withIp[0], 'ip') ?? undefined;
}

/** The step's own key, else that of the service; else those of the agent. */
async function keyOf(
  setup: PlaybookSetup,
  step: InstanceStep,
  object: AuthorObject,
  instance: AuthorObject | null,
  context: Reader,
): Promise<PrivateKey | undefined> {
  const file = step.serviceKeyName ?? (await keyOfService(setup, object, instance, context));
  return file === undefined ? undefined : keyFile(setup.folder, file);
}

/** A value of the model may name a file of the synchronizer, and no other of this machine. */
async function keyOfService(
  setup: PlaybookSetup,
  object: AuthorObject,
  instance: AuthorObject | null,
  context: Reader,
): Promise<string | undefined> {
  const slice = instance && (await follow(context, instance['slice']));
  for (const link of [object['owner'], slice?.['service']]) {
    const service = await follow(context, link);
    const named = textOf(service, 'private_key_fn');
    if (service === null || named === null) continue;
    const file = resolve(setup.folder, named);
    if (file.startsWith(`${setup.folder}${sep}`)) return file;
    throw new PlaybookError(
      'E_PLAYBOOK_INVENTORY',
      `private_key_fn of ${service.model}/${service.id} names a file outside of the synchronizer's folder`,
    );
  }
  return undefined;
}

async function keyFile(folder: string, name: string): Promise<PrivateKey> {
  const file = resolve(folder, name);
  try {
    await access(file);
    return { file };
  } catch (cause) {
    const message = `the private key ${name} cannot be read: there is no ${file}, or it belongs to somebody else`;
    throw new PlaybookError('E_PLAYBOOK_INVENTORY', message, { cause });
  }
}

async function jumpHost(
  setup: PlaybookSetup,
  link: string,
  instance: AuthorObject | null,
  context: StepContext,
): Promise<SshHost | undefined> {
  const { host, port, user = 'root', key, host_keys } = setup.proxySsh ?? {};
  const node = host === undefined && instance !== null ? await follow(context, instance['node']) : null;
  const address = host ?? textOf(node, 'name');
  if (address === null && context.pretend) return undefined;
  if (address === null) throw new DeferredException(`waiting on ${link}.node`);
  return {
    address,
    ...(port === undefined ? {} : { port }),
    user,
    ...(key === undefined ? {} : { key: await keyFile(setup.folder, key) }),
    hostKeys: host_keys ?? linesOf(textOf(node, 'host_keys')),
  };
}

async function follow({ follow: load }: Reader, ref: unknown): Promise<AuthorObject | null> {
  // The types that authors see are those of their own models; here every object is alike.
  return isRef(ref) ? ((await load(ref)) as unknown as AuthorObject) : null;
}

async function find(
  { find: search }: Reader,
  model: string,
  where: Record<string, unknown>,
): Promise<AuthorObject[]> {
  return (await search({ name: model }, where)) as unknown as AuthorObject[];
}

const isRef = (value: unknown): value is Ref =>
  typeof value === 'object' && value !== null && 'model' in value && 'id' in value;

/** A field that may be missing, as models are replaceable; an empty one says nothing. */
function textOf(object: AuthorObject | null | undefined, field: string): string | null {
  const value = object?.[field];
  return typeof value === 'string' && value !== '' ? value : null;
}

const linesOf = (text: string | null): string[] =>
  (text ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** `hall.backend_handle`: a link, and the field that is needed of what it leads to. */
export interface Gate {
  readonly link: string;
  readonly field: string;
}

/** `flavor.is_default`, `flavor.name=small`: a link, and which object it leads to when nobody has said. */
export interface Default {
  readonly link: string;
  readonly field: string;
  /** Absent: the field is a flag that is to be true. */
  readonly value?: string;
}

/** The options of models that say how they are made real. */
export const PATTERN_OPTIONS = [
  ...['pattern', 'rest_url', 'rest_create', 'rest_id', 'rest_find', 'ready_when'],
  ...['with_instance', 'pick_default'],
] as const;

export const PATTERNS = ['rest', 'playbook', 'mirror'] as const;

/** Read `ready_when = "owner.backend_handle, instance.ip"`. @returns with the parts that are not of that form */
export function readGates(written: string): {
  readonly gates: readonly Gate[];
  readonly odd: readonly string[];
} {
  const gates: Gate[] = [];
  const odd: string[] = [];
  for (const part of partsOf(written)) {
    const [, link, field] = /^([A-Za-z_]\w*)\.([A-Za-z_]\w*)$/.exec(part) ?? [];
    if (link === undefined || field === undefined) odd.push(part);
    else gates.push({ link, field });
  }
  return { gates, odd };
}

/** Read `pick_default = "flavor.is_default, image.name=small"`. @returns with the parts that are not of that form */
export function readDefaults(written: string): {
  readonly defaults: readonly Default[];
  readonly odd: readonly string[];
} {
  const defaults: Default[] = [];
  const odd: string[] = [];
  for (const part of partsOf(written)) {
    const [, link, field, value] = /^([A-Za-z_]\w*)\.([A-Za-z_]\w*)(?:\s*=\s*(.+))?$/.exec(part) ?? [];
    if (link === undefined || field === undefined) odd.push(part);
    else defaults.push({ link, field, ...(value !== undefined && { value }) });
  }
  return { defaults, odd };
}

/** Find the names in braces of an address: `{id}`; `{env.NAME}` is a variable of the environment, and none. */
export function namesInAddress(address: string): {
  readonly names: readonly string[];
  readonly isOdd: boolean;
} {
  const bare = address.replaceAll(/\{env\.\w+\}/g, '');
  const names = [...bare.matchAll(/\{([A-Za-z_]\w*)\}/g)].map(([, name = '']) => name);
  return { names, isOdd: /[{}]/.test(bare.replaceAll(/\{[A-Za-z_]\w*\}/g, '')) };
}

const partsOf = (written: string): string[] =>
  written
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

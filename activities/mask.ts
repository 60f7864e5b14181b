/** Replace every secret in a text, however it is spelled there. The longest first: one may be part of another. */
export function mask(text: string, secrets: ReadonlySet<string>): string {
  return [...new Set([...secrets].flatMap(spellings))]
    .filter((spelling) => spelling !== '')
    .sort((a, b) => b.length - a.length)
    .reduce((masked, secret) => masked.replaceAll(secret, '***'), text)
    .replaceAll('\0', '�')
    .toWellFormed();
}

/** The same in every text of a value that is plain JSON. */
export function masked(value: unknown, secrets: ReadonlySet<string>): unknown {
  if (typeof value === 'string') return mask(value, secrets);
  if (typeof value === 'number') return secrets.has(String(value)) ? '***' : value;
  if (Array.isArray(value)) return value.map((one) => masked(one, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, masked(one, secrets)]));
}

/** Below this, a line of a longer secret is likely to be found where it means nothing. */
const SHORTEST_LINE = 8;

/**
 * How a secret may stand in a text: as it is, in JSON (a text within a text, too), in an address, in base64; of a
 * long one (a key), each of its lines.
 */
function spellings(secret: string): string[] {
  const sound = secret.toWellFormed();
  const lines = secret.split(/\r?\n/).filter((line) => line.length >= SHORTEST_LINE);
  const json = inJson(secret);
  return [
    secret,
    json,
    inJson(json),
    Buffer.from(sound).toString('base64'),
    encodeURIComponent(sound),
    encodeURI(sound),
    new URLSearchParams([['', sound]]).toString().slice(1),
    ...lines,
  ];
}

const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);

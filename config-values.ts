import { isIP } from 'node:net';
import { nearest } from './model/suggest.ts';

/** Turn what was written, text from the environment or a value of YAML, into a setting; or throw {@link Unfit}. */
export type Parse<T> = (raw: unknown) => T;

/** Says what a value must be; the caller knows which one it is. */
export class Unfit extends Error {}

/** Parse `raw`; what is wrong with it becomes a fault that names `place`, and the result is undefined. */
export function attempt<T>(place: string, parse: Parse<T>, raw: unknown, faults: string[]): T | undefined {
  try {
    return parse(raw);
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    faults.push(`${place} ${error.message}`);
    return undefined;
  }
}

/** Where a process listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

export const text: Parse<string> = (raw) => {
  if (typeof raw !== 'string' || raw === '') throw new Unfit('must be text, and not empty');
  // Names of files, hosts and accounts have none; what looks like a line of its own in a log is not said by us.
  if (/\p{Cc}/u.test(raw)) throw new Unfit('must be one line, without control characters');
  return raw;
};

/** What opens a door to whoever can say it. */
export const password: Parse<string> = (raw) => {
  const given = text(raw);
  if (!fitsHeader(given) || given !== given.trim())
    throw new Unfit('holds what no header of HTTP can, so that nobody could send it');
  if (given.length >= LEAST_CHARACTERS) return given;
  const remedy = 'make one with `head -c 24 /dev/urandom | base64`';
  throw new Unfit(`must have at least ${LEAST_CHARACTERS} characters, or it could be guessed: ${remedy}`);
};

/** Can a header of HTTP hold this? */
export const fitsHeader = (given: string): boolean => !/[^\t -~\u0080-\u00ff]/.test(given);

/** Fewer could be tried through: what comes from the server's own machine is not limited. */
const LEAST_CHARACTERS = 16;

export const flag: Parse<boolean> = (raw) => {
  if (typeof raw === 'boolean') return raw;
  if (raw === 'true' || raw === '1') return true;
  if (raw === 'false' || raw === '0') return false;
  throw new Unfit('must be true or false');
};

export const number =
  (least: number, most: number): Parse<number> =>
  (raw) => {
    // Number('') is 0: an empty variable is a mistake, never a zero.
    const value = typeof raw === 'string' && raw.trim() !== '' ? Number(raw) : raw;
    if (typeof value === 'number' && value >= least && value <= most) return value;
    throw new Unfit(`must be a number from ${least} to ${most}`);
  };

export const integer =
  (least: number, most: number): Parse<number> =>
  (raw) => {
    const value = number(least, most)(raw);
    if (!Number.isInteger(value)) throw new Unfit('must be a whole number');
    return value;
  };

export const choice =
  <const T extends string>(...choices: readonly T[]): Parse<T> =>
  (raw) => {
    const found = choices.find((one) => one === raw);
    if (found === undefined) throw new Unfit(`must be one of ${choices.join(', ')}`);
    return found;
  };

/** Words that are separated by commas or blanks, or a list of YAML. */
export const words: Parse<readonly string[]> = (raw) => {
  const list: readonly unknown[] = Array.isArray(raw) ? raw : text(raw).split(/[\s,]+/);
  return list.filter((one) => one !== '').map(text);
};

/** Addresses, and networks as `10.0.0.0/8`, separated by blanks or commas. */
export const networks: Parse<readonly string[]> = (raw) =>
  words(raw).map((one) => {
    const [address = '', bits, ...more] = one.split('/');
    const most = isIP(address) === 6 ? 128 : 32;
    const isNetwork = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
    if (isIP(address) === 0 || !isNetwork || more.length > 0)
      throw new Unfit('must be addresses, or networks as in 10.0.0.0/8');
    return one;
  });

/** `host:port`, with an IPv6 host in brackets. */
export const address: Parse<Address> = (raw) => {
  const [, bracketed, plain, port] = /^(?:\[([\da-f:.]+)\]|([^:[\]\s/]+)):(\d{1,5})$/i.exec(text(raw)) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || Number(port) > 65_535) throw new Unfit('must be host:port, as in 127.0.0.1:8000');
  return { host, port: Number(port) };
};

export const url =
  (...schemes: readonly string[]): Parse<string> =>
  (raw) => {
    const scheme = URL.parse(text(raw))?.protocol.slice(0, -1);
    // The value stays out of the message: it may hold a password.
    if (scheme === undefined || !schemes.includes(scheme)) {
      throw new Unfit(
        `must be an address that begins with ${schemes.map((one) => `${one}://`).join(' or ')}`,
      );
    }
    return text(raw);
  };

/** A mapping of YAML; from the environment it cannot be given. */
export const mapping: Parse<Readonly<Record<string, unknown>>> = (raw) => {
  if (typeof raw === 'object' && raw !== null && !Array.isArray(raw)) return raw as Record<string, unknown>;
  throw new Unfit('must be a mapping, and can only be given in accord.yaml');
};

/** A mapping with some of these keys; all that is wrong with it is told at once. */
export const keys =
  <T extends object>(parts: { readonly [K in keyof T]-?: Parse<NonNullable<T[K]>> }): Parse<T> =>
  (raw) => {
    const faults: string[] = [];
    const known = Object.keys(parts);
    const entries = Object.entries(mapping(raw)).flatMap(([key, value]) => {
      const parse = Object.hasOwn(parts, key) ? parts[key as keyof T] : undefined;
      if (parse !== undefined) return value === null ? [] : [[key, attempt(key, parse, value, faults)]];
      const guess = nearest(key, known);
      const hint = guess === undefined ? `known are ${known.join(', ')}` : `did you mean ${guess}?`;
      faults.push(`has the unknown key ${key}; ${hint}`);
      return [];
    });
    if (faults.length > 0) throw new Unfit(faults.join('; '));
    return Object.fromEntries(entries) as T;
  };

/** Limits of back ends: a mapping of names to `{concurrency, per_second}`, each a number, one of them at least. */
export const limits: Parse<
  ReadonlyMap<string, { readonly concurrency?: number; readonly perSecond?: number }>
> = (raw) => {
  const entries = Object.entries(mapping(raw)).map(([name, given]) => {
    const { concurrency, per_second, ...others } = mapping(given);
    const unknown = Object.keys(others)[0];
    if (unknown !== undefined)
      throw new Unfit(`${name} has the unknown key ${unknown}; known are concurrency, per_second`);
    if (concurrency === undefined && per_second === undefined) {
      throw new Unfit(`${name} must have concurrency, per_second, or both`);
    }
    const limit = {
      ...(concurrency === undefined ? {} : { concurrency: integer(1, 1_000_000)(concurrency) }),
      ...(per_second === undefined ? {} : { perSecond: number(0.001, 1_000_000)(per_second) }),
    };
    return [text(name), limit] as const;
  });
  return new Map(entries);
};

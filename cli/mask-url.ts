const MASK = '***';

/**
 * Mask the passwords of an address: the one before its host, and those that it is asked with.
 *
 * What is no address is masked as a whole, and so is one with a mark of a password where it has none: it may have been
 * meant as one. Without a password it stays as it was written.
 */
export function maskUrl(given: string): string {
  const url = URL.parse(given);
  if (url === null || !given.includes('://') || `${url.pathname}${url.search}${url.hash}`.includes('@'))
    return MASK;
  const asked = [...url.searchParams.keys()].filter((name) => /password/i.test(name));
  if (url.password === '' && asked.length === 0) return given;
  if (url.password !== '') url.password = MASK;
  for (const name of asked) url.searchParams.set(name, MASK);
  return url.href;
}

/**
 * Does a value hold more than `most` values, counting again what it refers to again?
 *
 * A kilobyte of YAML can stand for billions by its aliases, or for something that holds itself: so it is counted before
 * it is gone through.
 */
export function isLargerThan(value: unknown, most: number): boolean {
  const open = [value];
  let count = 0;
  while (open.length > 0) {
    const one = open.pop();
    if (typeof one !== 'object' || one === null) continue;
    const parts: unknown[] = Object.values(one);
    count += parts.length;
    if (count > most) return true;
    for (const part of parts) open.push(part);
  }
  return false;
}

/**
 * Find the candidate that `name` is most likely a misspelling of, or none when none is near.
 *
 * Near means: at most a third of the characters wrong, counting an insertion, a deletion, a replacement or
 * two neighbours swapped as one. Letter case counts as a small fault. Ties go to the first candidate.
 *
 * Cost: O(candidates × length²).
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > MAX_LENGTH) return undefined;
  const wanted = name.toLowerCase();
  let limit = Math.max(1, Math.floor(name.length / 3)) + CASE_FAULT;
  let best: string | undefined;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) > limit || candidate === name) continue;
    const apart = distance(wanted, candidate.toLowerCase());
    const faults = apart === 0 ? CASE_FAULT : apart;
    if (faults < limit) {
      best = candidate;
      limit = faults;
    }
  }
  return best;
}

/** Say `did you mean …?` of the nearest candidate, if there is one. */
export function didYouMean(name: string, candidates: Iterable<string>): string | undefined {
  const candidate = nearest(name, candidates);
  return candidate === undefined ? undefined : `did you mean ${candidate}?`;
}

const CASE_FAULT = 0.5;
const MAX_LENGTH = 100;

/** Edits between two words, a swap of neighbours being one (optimal string alignment). */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (isSame ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(least);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length] ?? a.length;
}

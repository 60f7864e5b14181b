import { InvalidArgumentError } from 'commander';

/** Of an option of our tools: a number of things, one at least. */
export function count(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number above 0.');
}

/** Of an option of our tools: an amount of time, which may be less than one unit. */
export function amount(text: string): number {
  const number = Number(text);
  if (text.trim() !== '' && Number.isFinite(number) && number > 0) return number;
  throw new InvalidArgumentError('It must be a number above 0.');
}

/** Of an option of our tools: what a random choice begins with. */
export function seed(text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}

/** Of an option of our tools: some of these, with commas between. */
export const someOf =
  (names: readonly string[]) =>
  (text: string): string[] => {
    const asked = text.split(',');
    const unknown = asked.filter((name) => !names.includes(name));
    if (unknown.length === 0) return asked;
    throw new InvalidArgumentError(`There is no ${unknown.join(', ')}; there are: ${names.join(', ')}.`);
  };

import type { Fault } from './places.ts';

// Faults that the grammar reads over, so that the rest of the statement is read too.

export const MISSING_MODIFIER: Fault = {
  code: 'missing-modifier',
  message: 'a field or link begins with `required`, `optional` or `repeated`',
};
export const MISSING_REVERSE: Fault = {
  code: 'missing-reverse-name',
  message: 'a reverse name belongs behind `:`',
  hint: 'write its name, `+` for no reverse, or leave out the colon',
};
export const MISSING_COMMA: Fault = {
  code: 'missing-comma',
  message: 'a comma is missing between two options',
};
export const TRAILING_COMMA: Fault = {
  code: 'trailing-comma',
  message: 'the last option has no comma behind it',
  hint: 'remove it',
};

export function keywordAsName(keyword: string): Fault {
  return {
    code: 'keyword-as-name',
    message: `\`${keyword}\` is a keyword and cannot be a name`,
    hint: 'of the keywords only `message` and `max` can',
  };
}

import type { ReactNode } from 'react';
import { plain } from './words.ts';

/** The colours of terminals that mean something in what tools print; the bright ones are the same. */
const TONES: Readonly<Record<number, string>> = {
  1: 'red',
  2: 'green',
  3: 'yellow',
  4: 'blue',
  5: 'magenta',
  6: 'cyan',
};

/** What a terminal would show: its colours as spans, and everything else as text. */
export function Ansi({ text }: { readonly text: string }): ReactNode {
  let tone: string | undefined;
  // eslint-disable-next-line no-control-regex -- that is what they are made of
  return text.split(/(\u001b\[[\d;]*m)/).map((part, at) => {
    // eslint-disable-next-line no-control-regex -- the same
    const [, codes] = /^\u001b\[([\d;]*)m$/.exec(part) ?? [];
    if (codes !== undefined) {
      for (const code of codes.split(';').map(Number)) tone = toneAfter(code, tone);
      return null;
    }
    if (part === '') return null;
    return (
      // What is printed stays where it is: the place is its name.
      <span key={at} className={tone === undefined ? undefined : `tone-${tone} ansi`}>
        {plain(part)}
      </span>
    );
  });
}

function toneAfter(code: number, tone: string | undefined): string | undefined {
  if (code === 0 || code === 39) return undefined;
  if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) return TONES[code % 10];
  return tone;
}

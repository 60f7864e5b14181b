import type { Diagnostic } from '../../model/diagnostic.ts';
import { linkModels } from '../../model/link.ts';
import { parseXproto } from '../../model/parse.ts';
import { renderDiagnostics } from '../../model/render-diagnostics.ts';

/** Do everything that is done with a file. @returns codes of what is wrong with it @throws when that throws, or says something that is not of this text */
export function survive(source: string): string[] {
  const { tree, diagnostics } = parseXproto('f', source);
  const all = [...diagnostics, ...linkModels([tree]).diagnostics];
  const lines = source.split(/\r\n|\n|\r/);
  const isSound = ({ line, column, length, message }: Diagnostic): boolean =>
    column >= 1 &&
    column <= (lines[line - 1]?.length ?? -1) + 1 &&
    length >= 1 &&
    !/undefined|\[object|NaN/.test(message);
  const unsound = all.find((one) => !isSound(one));
  if (unsound !== undefined) throw new Error(`unsound: ${JSON.stringify(unsound)}`);
  renderDiagnostics(all, new Map([['f', source]]));
  return all.map(({ code }) => code);
}

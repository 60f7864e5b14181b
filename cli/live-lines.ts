/** Lines at the foot of a terminal that are drawn anew as things change; what is written meanwhile stands above them. */
export interface LiveLines {
  /** Draw these in the place of those before; none takes them away. */
  readonly draw: (lines: readonly string[]) => void;
  /** Write something that stays. */
  readonly above: (write: () => void) => void;
}

type Screen = Pick<NodeJS.WriteStream, 'write'> & { readonly rows?: number };

/** Draw at the foot of this terminal. What does not fit is cut, in width by the terminal itself. */
export function openLiveLines(screen: Screen): LiveLines {
  let height = 0;
  let shown: readonly string[] = [];
  const wipe = (): string => (height === 0 ? '' : `\u001b[${height}A\u001b[J`);
  const fitted = (): readonly string[] => {
    // A terminal that does not know its size says 0.
    const most = (screen.rows || 24) - 1;
    return shown.length <= most
      ? shown
      : [...shown.slice(0, most - 1), `… ${shown.length - most + 1} more lines`];
  };
  const drawn = (): string => {
    const lines = fitted();
    height = lines.length;
    // A line that wraps would be two, and the next drawing would begin in the wrong one.
    return lines.length === 0 ? '' : `\u001b[?7l${lines.join('\n')}\n\u001b[?7h`;
  };
  return {
    draw(lines) {
      if (height === 0 && lines.length === 0) return;
      shown = lines;
      screen.write(wipe() + drawn());
    },
    above(write) {
      if (height > 0) screen.write(wipe());
      write();
      if (height > 0) screen.write(drawn());
    },
  };
}

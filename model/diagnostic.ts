/** Something to say about a place in a file. Diagnostics are values: all faults of a file are found in one pass. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning' | 'info';
  /** Stable, for machines: `unknown-peer`. */
  readonly code: string;
  /** One sentence: what is wrong, with the names involved. */
  readonly message: string;
  /** What to do about it, when there is something to say: `did you mean ExampleService?` */
  readonly hint?: string;
  /** As given on the command line. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based, in UTF-16 code units. */
  readonly column: number;
  /** How many characters the caret line underlines; at least 1. */
  readonly length: number;
}

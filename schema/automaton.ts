// A pattern as a deterministic automaton: one table look-up for each character, whatever the text. Contracts hold it
// in their validators, expressions hand it to the run time's `matches`.

export interface Automaton {
  /** First code point of each interval, ascending from 0. */
  readonly from: readonly number[];
  /** The column of each interval. */
  readonly column: readonly number[];
  readonly columns: number;
  /** `next[state * columns + column]`; -1: it cannot match any more. The first state is 0. */
  readonly next: readonly number[];
  /** For each state: 2 it has matched · 1 it matches if the text ends here · 0 not yet. */
  readonly match: readonly number[];
}

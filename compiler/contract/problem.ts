// One mistake in a contract, in whichever form it is written; the caller knows the file and turns it into a Diagnostic.

export interface ContractProblem {
  /** From the contract's root to the part that is wrong. */
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly help?: string;
  /** The contract that is referred to and does not exist. */
  readonly missing?: string;
  /** Where in the text of a scalar, in UTF-16 units. */
  readonly offset?: number;
}

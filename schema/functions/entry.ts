// What an entry of the allow-list says about one function or method.

/** Arguments whose text is looked at when the spec is compiled, if it is a literal there. */
export type LiteralKind = "pattern" | "zone" | "duration" | "date-format" | "date-pattern";

export interface FunctionEntry {
  /** TypeScript signatures after the name: type parameters, parameters, result. Several are overloads. */
  readonly signatures: readonly [string, ...string[]];
  readonly doc: string;
  readonly example: string;
  /** By position of the argument. A `pattern` must be a literal; the others may also come from data. */
  readonly literals?: Readonly<Record<number, LiteralKind>>;
}

export type Entries = Readonly<Record<string, FunctionEntry>>;

export const entry = (
  signature: string,
  doc: string,
  example: string,
  literals?: FunctionEntry["literals"],
): FunctionEntry => ({ signatures: [signature], doc, example, ...(literals === undefined ? {} : { literals }) });

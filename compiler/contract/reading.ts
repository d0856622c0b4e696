// What the readers of a JSON Schema share: which document is read, where in it, and how a problem is told.

import type { Json } from "../../schema/json.ts";
import type { ContractProblem } from "./problem.ts";

/** One document: the contract itself or one that it refers to. */
export interface Document {
  readonly root: Json;
  /** Prefix of its references' keys: "" or `contract:order@1`. */
  readonly key: string;
  readonly draft7: boolean;
  /** Problems of another contract are told where that contract is read. */
  readonly report: (problem: ContractProblem) => void;
}

export interface Reading {
  readonly document: Document;
  readonly path: readonly (string | number)[];
  /** What an enclosing `allOf` or `oneOf` has already said. */
  readonly implied?: "object";
}

export function fail(at: Reading, keyword: string | undefined, message: string, help?: string): void {
  const path = keyword === undefined ? at.path : [...at.path, keyword];
  at.document.report(help === undefined ? { path, message } : { path, message, help });
}

export function child(at: Reading, ...keys: readonly (string | number)[]): Reading {
  return { document: at.document, path: [...at.path, ...keys] };
}

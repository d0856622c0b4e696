// Is a contract inside the supported subset of JSON Schema (schema/spec/contract.json)? What cannot be typed is refused here.

import type { Json } from "../../schema/json.ts";
import type { ContractProblem } from "./problem.ts";
import { type ResolveRef, readSchema } from "./read.ts";

/** `resolveRef` finds a contract by name, `order@1`. Problems of contracts that are referred to are not repeated. */
export function checkSchema(schema: Json, resolveRef: ResolveRef): readonly ContractProblem[] {
  return readSchema(schema, resolveRef).problems;
}

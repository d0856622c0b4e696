// Documents of cases: `tests: orders`. They are no part of what runs; here they are found to name what is there.

import type { Json, JsonObject, JsonSchema } from "../../schema/json.ts";
import type { DefaultsSpec, WorkspaceSpec } from "../../schema/spec.gen.ts";
import type { Spec, Unchecked } from "../2-parse/spec.ts";
import { object } from "./read-keys.ts";

/** What whoever runs the cases needs beside the bundles. */
export interface Tests {
  readonly documents: readonly Spec[];
  /** Types of the workspace's settings, and the values that hold in all contexts that do not say otherwise. */
  readonly settings: JsonSchema;
  readonly defaults: JsonObject;
}

export function testsOf(specs: readonly Spec[], settings: JsonSchema): Tests {
  const root = specs.find(({ kind }) => kind === "workspace");
  const { defaults }: Unchecked<WorkspaceSpec> = object(root?.value as Json | undefined);
  const { settings: values }: Unchecked<DefaultsSpec> = object(defaults);
  return { documents: specs.filter(({ kind }) => kind === "tests"), settings, defaults: object(values) };
}

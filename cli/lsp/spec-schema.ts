// The schema of a file as the workspace is now: made anew when a name is another.

import { manifests } from "../../connectors/all.ts";
import type { JsonObject } from "../../schema/json.ts";
import { namesOf } from "../schemas/names.ts";
import { schemaFileOf, schemaOf } from "../schemas/workspace-schemas.ts";
import type { OpenFile } from "./session.ts";
import type { LspWorkspace } from "./workspace.ts";

interface Made {
  readonly of: string;
  readonly schema: JsonObject;
}

const made = new WeakMap<LspWorkspace, Map<string, Made>>();

export function specSchemaOf({ workspace, file }: OpenFile): JsonObject {
  const { specs, contracts } = workspace.look();
  const names = namesOf(specs, contracts.keys());
  const of = JSON.stringify(names, (_, value: unknown) => (value instanceof Map ? [...value] : value));
  const known = made.get(workspace) ?? new Map<string, Made>();
  made.set(workspace, known);
  const before = known.get(schemaFileOf(file));
  if (before?.of === of) return before.schema;
  const schema = schemaOf(file, manifests, names);
  known.set(schemaFileOf(file), { of, schema });
  return schema;
}

// The parts of a schema that say what may stand at a path of a document. All branches count: which of them holds is
// for the compiler to say, and for the author to see.

import { isJsonObject, type Json, type JsonObject } from "../../schema/json.ts";
import type { Path, Segment } from "./outline.ts";

/** `kind`: the key that says what the document is; undefined: nothing says it yet. */
export function schemasAt(root: JsonObject, kind: string | undefined, path: Path): readonly JsonObject[] {
  const defs = isJsonObject(root.$defs) ? root.$defs : {};
  const start = kind === undefined ? root : defs[kind];
  if (!isJsonObject(start)) return [];
  return path.reduce<readonly JsonObject[]>(
    (parts, segment) => parts.flatMap((part) => stepInto(part, segment, root)),
    branches(start, root),
  );
}

function stepInto(part: JsonObject, segment: Segment, root: JsonObject): readonly JsonObject[] {
  if (typeof segment === "number") return isJsonObject(part.items) ? branches(part.items, root) : [];
  const { properties, additionalProperties } = part;
  if (isJsonObject(properties) && Object.hasOwn(properties, segment)) return branches(properties[segment], root);
  return isJsonObject(additionalProperties) ? branches(additionalProperties, root) : [];
}

/** The part itself and what it is made of, references followed. */
function branches(part: Json | undefined, root: JsonObject, depth = 0): readonly JsonObject[] {
  if (!isJsonObject(part) || depth > 8) return [];
  const { $ref, ...own } = part;
  const lists = [part.allOf, part.anyOf, part.oneOf].flatMap((list) => (Array.isArray(list) ? (list as Json[]) : []));
  const parts = [...(typeof $ref === "string" ? [referred($ref, root)] : []), ...lists, part.then, part.else];
  return [own, ...parts.flatMap((each) => branches(each, root, depth + 1))];
}

function referred(ref: string, root: JsonObject): Json | undefined {
  const steps = ref.replace(/^#\/?/, "").split("/");
  return steps.reduce<Json | undefined>((at, key) => (isJsonObject(at) ? at[key] : undefined), root);
}

/** Keys with the first schema that says something of them. */
export function keysOf(parts: readonly JsonObject[], root: JsonObject): ReadonlyMap<string, JsonObject> {
  const found = new Map<string, JsonObject>();
  for (const { properties } of parts) {
    if (!isJsonObject(properties)) continue;
    for (const [key, member] of Object.entries(properties)) {
      const described = branches(member, root).find(({ description }) => description !== undefined);
      if (!found.has(key)) found.set(key, described ?? (isJsonObject(member) ? member : {}));
    }
  }
  return found;
}

/** What may stand there, where that can be listed. */
export function valuesOf(parts: readonly JsonObject[]): readonly string[] {
  const found = parts.flatMap(({ enum: listed, const: one, type }): readonly Json[] => {
    if (Array.isArray(listed)) return listed as readonly Json[];
    if (one !== undefined) return [one];
    return type === "boolean" ? [true, false] : [];
  });
  return [...new Set(found.map(String))];
}

export function describedIn(parts: readonly JsonObject[]): string | undefined {
  const found = parts.find(({ markdownDescription }) => typeof markdownDescription === "string")?.markdownDescription;
  return typeof found === "string" ? found : undefined;
}

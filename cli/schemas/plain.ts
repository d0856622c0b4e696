// The language's schemas with keywords that every editor knows: what the compiler asks by keywords of its own becomes
// plain JSON Schema, and every description is there as Markdown with an example, too.

import { stringify } from "yaml";
import { isJsonObject, type Json, type JsonObject } from "../../schema/json.ts";

/** `path`: the keys of the schema that lead to this part of it. */
export type Rewrite = (part: JsonObject, path: readonly string[]) => JsonObject;

/** Rewrites the parts from the inside out; `rewrite` sees each when it is plain. `root`: where the schema will lie. */
export function plain(
  schema: JsonObject,
  rewrite: Rewrite,
  path: readonly string[] = [],
  root = `#${path.map((key) => `/${key}`).join("")}`,
): JsonObject {
  const inner = Object.entries(schema).map(([key, member]): [string, Json] => {
    if (key === "examples" || key === "enum" || key === "const" || key === "default") return [key, member];
    return [key, plainMember(member, rewrite, [...path, key], root)];
  });
  const part = ownKeywords(Object.fromEntries(inner), root);
  return rewrite(isSchema(path) ? withMarkdown(part, path.at(-1)) : part, path);
}

function plainMember(member: Json, rewrite: Rewrite, path: readonly string[], root: string): Json {
  if (isJsonObject(member)) return plain(member, rewrite, path, root);
  if (!Array.isArray(member)) return member;
  return member.map((item: Json, index) => plainMember(item, rewrite, [...path, String(index)], root));
}

/** Not the map of a schema's properties, which may have one that is called `description`. */
const isSchema = (path: readonly string[]): boolean =>
  path.at(-1) !== "properties" && path.at(-1) !== "$defs" ? true : path.at(-2) === "properties";

const time = "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d(:\\d\\d(\\.\\d+)?)?(Z|[+-]\\d\\d:\\d\\d)$";
const duration = "^\\s*\\d+(\\.\\d+)?(ms|s|m|h|d)\\s*$|\\$\\{";
const size = "^\\s*\\d+(\\.\\d+)?(B|KiB|MiB|GiB|TiB)\\s*$|\\$\\{";

function ownKeywords(part: JsonObject, root: string): JsonObject {
  const { "x-vrsky-format": format, "x-vrsky-one-of": oneOf } = part;
  const kept = Object.entries(part).flatMap(([key, member]): [string, Json][] => {
    if (key === "$schema" || key.startsWith("x-vrsky-")) return [];
    return [[key, key === "$ref" && typeof member === "string" ? localRef(member, root) : member]];
  });
  return {
    ...Object.fromEntries(kept),
    ...(format === undefined ? {} : { pattern: format === "size" ? size : format === "time" ? time : duration }),
    ...(Array.isArray(oneOf) ? { oneOf: oneOf.map((name: Json) => ({ required: [name] })) } : {}),
  };
}

/** All kinds are definitions of one schema, and so is what they refer to. */
function localRef(ref: string, root: string): string {
  if (ref.startsWith("parts.json#")) return ref.slice("parts.json".length);
  if (ref.startsWith("#/")) return `${root}${ref.slice(1)}`;
  return ref.replace(/^(\w+)\.json#/, "#/$defs/$1");
}

function withMarkdown(part: JsonObject, key: string | undefined): JsonObject {
  const { description, examples } = part;
  if (typeof description !== "string") return part;
  const example = Array.isArray(examples) ? (examples[0] as Json | undefined) : undefined;
  const shown = example === undefined ? "" : `\n\n\`\`\`yaml\n${exampleText(key, example)}\n\`\`\``;
  return { ...part, markdownDescription: `${description}${shown}` };
}

/** As an author writes it, with its key where it has one. */
function exampleText(key: string | undefined, example: Json): string {
  const keyed = key !== undefined && /^[a-z][a-zA-Z-]*$/.test(key) && !structural.has(key);
  return stringify(keyed ? { [key]: example } : example, { lineWidth: 0 }).trimEnd();
}

const structural: ReadonlySet<string> = new Set(["items", "additionalProperties", "then", "else"]);

export const ifThen = (condition: JsonObject, consequence: JsonObject): JsonObject => ({
  if: condition,
  // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
  then: consequence,
});

// The types of the spec language, from schema/spec/*.json: `npx tsx .ci/schema-types.ts` writes schema/spec.gen.ts.
// All schemas are read as one, so that a part which several of them use gives one type.

import { readdirSync, readFileSync } from "node:fs";
import { compile, type JSONSchema } from "json-schema-to-typescript";
import { written } from "./written.ts";

const folder = new URL("../schema/spec/", import.meta.url);
const kinds = readdirSync(folder)
  .map((file) => file.replace(/\.json$/, ""))
  .filter((kind) => kind !== "parts")
  .sort();

const all: JSONSchema = {
  title: "Specs",
  description: "What each kind of document holds once it fits its schema. Connectors add the keys of their names.",
  type: "object",
  additionalProperties: false,
  required: kinds,
  properties: Object.fromEntries(kinds.map((kind) => [kind, { $ref: `${kind}.json` }])),
};

/** Examples may hold references of their own: they are data, not schema. */
function withoutExamples(url: string): string {
  return JSON.stringify(JSON.parse(readFileSync(url, "utf8")), (key, value) =>
    key === "examples" && Array.isArray(value) ? undefined : value,
  );
}

const types = await compile(all, "Specs", {
  cwd: folder.pathname,
  $refOptions: { resolve: { file: { read: ({ url }: { url: string }) => withoutExamples(url) } } },
  bannerComment: "// Written by .ci/schema-types.ts from schema/spec/*.json.",
  // Whether a list may be empty is asked of the document, not of the type.
  ignoreMinAndMaxItems: true,
  format: true,
  style: { printWidth: 120 },
});
written("schema/spec.gen.ts", types, "npx tsx .ci/schema-types.ts");

// The schemas as code, which the built command has, say the same as those that are made when they are asked for.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { writtenValidators } from "../../.ci/validators.ts";
import { composeSchemas } from "../../compiler/2-parse/compose.ts";
import { kinds } from "../../compiler/2-parse/kinds.ts";
import { validate } from "../../compiler/2-parse/validate.ts";
import { createValidators, type Validators } from "../../compiler/2-parse/validators.ts";
import { manifests } from "../../connectors/all.ts";
import { isJsonObject, type Json } from "../../schema/json.ts";
import { type CompileCase, filesOf } from "../rig/compile-case.ts";

const root = new URL("../..", import.meta.url).pathname;

/** Put together as the build does. */
async function openWritten(): Promise<Validators> {
  const stdin = { contents: writtenValidators(), loader: "js", resolveDir: join(root, "compiler/2-parse") } as const;
  const { outputFiles } = await build({ stdin, bundle: true, write: false, format: "esm", minify: true });
  const text = Buffer.from(outputFiles[0]?.contents ?? "").toString("base64");
  const module: { createValidators(): Validators } = await import(`data:text/javascript;base64,${text}`);
  return module.createValidators();
}

function texts(): readonly string[] {
  const cases = join(root, "test/compiler/cases");
  const wrong = readdirSync(cases).flatMap((name) => {
    const given: CompileCase = parse(readFileSync(join(cases, name), "utf8"));
    return Object.entries(filesOf(given)).flatMap(([file, text]) => (file.endsWith(".yaml") ? [text] : []));
  });
  const right = readdirSync(join(root, "examples"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".yaml") && !file.includes(".vrsky"))
    .map((file) => readFileSync(join(root, "examples", file), "utf8"));
  return [...new Set([...wrong, ...right])];
}

/** Those that are YAML; an alias may be one of nothing, a bomb or a circle. */
function documentsIn(text: string): readonly Json[] {
  const documents = parseAllDocuments(text);
  if (!Array.isArray(documents) || documents.some(({ errors }) => errors.length > 0)) return [];
  return documents.flatMap((document): readonly Json[] => {
    try {
      return [JSON.parse(JSON.stringify(document.toJS()))];
    } catch {
      return [];
    }
  });
}

/** As it is, and with each of its values in turn exchanged, left out, or under another name. */
function* variants(value: Json): Generator<Json> {
  yield value;
  if (Array.isArray(value)) {
    for (const [at, item] of value.entries()) for (const other of variants(item)) yield value.with(at, other);
  } else if (isJsonObject(value)) {
    for (const [key, member] of Object.entries(value)) {
      const { [key]: _, ...rest } = value;
      yield rest;
      yield { ...rest, [`${key}x`]: member };
      for (const other of variants(member)) yield { ...rest, [key]: other };
    }
  }
  yield typeof value === "string" ? 7 : "5 parsecs";
}

test("each document, and what mistakes make of it, gets the same findings from both", async () => {
  const made = createValidators(composeSchemas(manifests));
  const written = await openWritten();
  let wrong = 0;
  const seen = new Set<string>();
  for (const value of texts().flatMap(documentsIn)) {
    const kind = kinds.find((each) => isJsonObject(value) && each in value);
    if (kind === undefined) continue;
    for (const variant of variants(value)) {
      const text = JSON.stringify(variant);
      if (seen.has(text)) continue;
      seen.add(text);
      const [found, other] = [validate(made, kind, variant), validate(written, kind, variant)];
      if (JSON.stringify(other) !== JSON.stringify(found)) expect([variant, other]).toEqual([variant, found]);
      if (found.length > 0) wrong += 1;
    }
  }
  expect(seen.size).toBeGreaterThan(10_000);
  expect(wrong).toBeGreaterThan(5_000);
});

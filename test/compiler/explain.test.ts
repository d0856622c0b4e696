// The type of what stands at a place, asked of the examples of the language; and what one edit of a contract breaks.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { scriptTools } from "../../cli/script-tools.ts";
import { createTypeChecker } from "../../compiler/4-check/type-checker.ts";
import { type CompileOptions, compile } from "../../compiler/compile.ts";
import { explainPlace } from "../../compiler/explain.ts";
import { manifests } from "../../connectors/all.ts";

const root = new URL("../../examples/language", import.meta.url).pathname;
const checker = createTypeChecker();
afterAll(() => checker.close());

function optionsWith(edit: (path: string, text: string) => string = (_, text) => text): CompileOptions {
  return {
    root,
    manifests,
    scripts: scriptTools(),
    checker,
    files: {
      list: (folder) =>
        statSync(folder, { throwIfNoEntry: false })?.isDirectory()
          ? readdirSync(folder).map((name) => ({ name, folder: statSync(join(folder, name)).isDirectory() }))
          : undefined,
      read: (path) => {
        const text = statSync(path, { throwIfNoEntry: false }) === undefined ? undefined : readFileSync(path, "utf8");
        return text === undefined ? { error: "no such file" } : new TextEncoder().encode(edit(path, text));
      },
    },
  };
}

/** The place of `mark` in a file; `into` characters further. */
function placeOf(file: string, mark: string, into = 0) {
  const lines = readFileSync(join(root, file), "utf8").split("\n");
  const line = lines.findIndex((text) => text.includes(mark));
  expect(line).not.toBe(-1);
  return { line: line + 1, column: (lines[line] ?? "").indexOf(mark) + 1 + into };
}

const at = (file: string, mark: string, into = 0) =>
  explainPlace(optionsWith(), `tenants/acme/${file}`, placeOf(`tenants/acme/${file}`, mark, into));

test("all fourteen files of the language compile", () => {
  const compiled = compile(optionsWith());
  expect(compiled.diagnostics).toEqual([]);
  expect(compiled.emitted?.bundles.length).toBe(17);
});

test("validate gives a type to any", () => {
  expect(at("01-github-slack.yaml", "validate:")).toMatchObject({ body: expect.stringContaining("full_name: string") });
  expect(at("01-github-slack.yaml", "http: { path")).toMatchObject({ body: "any" });
});

test("a route arm narrows a union", () => {
  const arm = at("02-stripe-postgres-email.yaml", 'body.type === "charge.refunded"', -4);
  expect(arm).toMatchObject({ kind: "step", body: expect.stringContaining('type: "charge.refunded"') });
});

test("a call that may go on without its answer leaves it possibly undefined", () => {
  expect(at("07-enrich-cache.yaml", "vars.customer?.name", 6)).toEqual({
    kind: "expression",
    integration: "acme/order-with-customer",
    text: "vars.customer",
    type: '{ name: string; tier: "gold" | "basic" } | undefined',
  });
});

test("a poll gives its items, and a page its contract", () => {
  expect(at("05-poll-split-nats.yaml", "page.data }", 6)).toMatchObject({ type: "contact@1[]" });
  expect(at("05-poll-split-nats.yaml", "body.updatedAt", 5)).toMatchObject({ text: "body.updatedAt", type: "string" });
});

test("where nothing is typed, nothing is told", () => {
  expect(explainPlace(optionsWith(), "vrsky.yaml", { line: 1, column: 1 })).toBeUndefined();
  expect(explainPlace(optionsWith(), "tenants/acme/none.yaml", { line: 1, column: 1 })).toBeUndefined();
});

test("a field that a contract loses is told at every integration that reads it", () => {
  const without = optionsWith((path, text) =>
    path.endsWith("order@1.json") ? text.replaceAll('"customerId"', '"customer"') : text,
  );
  const found = compile(without).diagnostics;
  const told = found.filter(({ severity }) => severity === "error").map(({ code, file }) => `${code} ${file}`);
  expect(told).toEqual(["VRS4002 tenants/acme/07-enrich-cache.yaml"]);
  // So are the cases whose bodies are refused from now on.
  expect(found.map(({ code, file }) => `${code} ${file}`)).toContain("VRS2037 tenants/acme/tests/07-enrich-cache.yaml");
  const status = optionsWith((path, text) =>
    path.endsWith("order@1.json") ? text.replace('"paid"', '"settled"') : text,
  );
  expect(compile(status).diagnostics.map(({ file }) => file)).toContain("tenants/acme/12-cross-tenant.yaml");
});

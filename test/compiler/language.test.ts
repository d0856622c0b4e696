// The compiler under what people really write: whole workspaces, edited at random. It never throws, what it says has a
// place, and the same input gives the same bytes wherever and in whatever order it is read.

import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { parseAllDocuments, stringify } from "yaml";
import { scriptTools } from "../../cli/script-tools.ts";
import { createTypeChecker } from "../../compiler/4-check/type-checker.ts";
import { type Compiled, compile } from "../../compiler/compile.ts";
import { manifests } from "../../connectors/all.ts";

const checker = createTypeChecker();
afterAll(() => checker.close());

type Files = Readonly<Record<string, string>>;

function compileAt(root: string, files: Files, reversed = false): Compiled {
  const paths = Object.keys(files);
  return compile({
    root,
    manifests,
    scripts: scriptTools(),
    checker,
    files: {
      list: (folder) => {
        const below = paths
          .map((path) => `${root}/${path}`)
          .filter((path) => path.startsWith(`${folder}/`))
          .map((path) => path.slice(folder.length + 1));
        const names = new Map(below.map((path) => [path.split("/")[0] ?? "", path.includes("/")]));
        const entries = [...names].map(([name, isFolder]) => ({ name, folder: isFolder }));
        if (below.length === 0) return undefined;
        return reversed ? entries.reverse() : entries;
      },
      read: (path) => new TextEncoder().encode(files[path.slice(root.length + 1)] ?? ""),
    },
  });
}

const workspace: Files = {
  "vrsky.yaml": `workspace: shop
language: 1
settings: { crmUrl: string, big: number }
defaults: { settings: { big: 100 }, retry: { for: 24h } }
contexts:
  dev: { nats: nats://localhost:4222, settings: { crmUrl: http://localhost:9000 } }
  prod: { secrets: env, settings: { crmUrl: https://crm.example.com, big: 1000 } }
`,
  "tenants/acme/tenant.yaml": `tenant: acme
secrets: [token, hook]
quotas: { storage: 2GiB }
---
connections:
  crm: { http: { url: "\${ settings.crmUrl }", headers: { authorization: "Bearer \${ secrets.token }" } } }
`,
  "tenants/acme/orders.yaml": `integration: orders
description: Orders to the CRM.
source:
  http: { path: /orders, signature: { scheme: github, secret: "\${ secrets.hook }" } }
  contract: order@1
  message-id: \${ body.id }
steps:
  - filter: \${ body.status === "paid" }
  - as: buyer
    map: { name: "\${ body.customer.name.trim() }", mail: "\${ body.customer.email ?? "nobody" }" }
  - map:
      ...: \${ body }
      total: \${ round(body.amount * 100) }
      buyer: \${ vars.buyer }
      lines: |-
        \${ body.lines.map(line => ({
             sku: line.sku,
             quantity: line.qty,   // comments are fine
           })) }
route:
  - when: \${ body.total > settings.big }
    to: [crm, log]
  - to: [log]
targets:
  crm:
    steps: [{ map: { id: "\${ body.id }", total: "\${ body.total }" } }]
    http: { connection: crm, path: "/orders/\${ body.id }", method: PUT }
    retry: { for: 1h, attempts: 5 }
  log:
    when: \${ exists(body.buyer.mail) }
    file: { path: "out/\${ meta.id }.json", format: json }
    on-error: drop
`.replaceAll('"nobody" }"', "'nobody' }\""),
  "tenants/globex/files.yaml": `integration: rows
source:
  file: { path: "in/*.csv", format: csv, after: { move: done } }
  contract: { sku: string, qty: integer, note?: string }
targets: { out: { nats: { subject: "rows.\${ body.sku }" } } }
---
integration: ticks
source: { schedule: { cron: "0 2 * * *", timezone: Europe/Oslo } }
targets: { out: { nats: { subject: ticks.out } } }
`,
  "contracts/order@1.json": JSON.stringify({
    type: "object",
    required: ["id", "status", "amount", "customer", "lines"],
    properties: {
      id: { type: "string" },
      status: { enum: ["paid", "open"] },
      amount: { type: "number", minimum: 0 },
      customer: {
        type: "object",
        required: ["name"],
        properties: { name: { type: "string" }, email: { type: "string" } },
      },
      lines: {
        type: "array",
        items: {
          type: "object",
          required: ["sku", "qty"],
          properties: { sku: { type: "string" }, qty: { type: "integer" } },
        },
      },
    },
  }),
};

test("a whole workspace compiles, and to the same bytes from another machine and in another order", () => {
  const here = compileAt("/home/ann/shop", workspace);
  expect(here.diagnostics).toEqual([]);
  const there = compileAt("/srv/ci/build-77", workspace, true);
  expect([...(there.emitted?.files ?? [])].sort()).toEqual([...(here.emitted?.files ?? [])].sort());
  const text = [...(here.emitted?.files.values() ?? [])].join("\n");
  for (const trace of ["/home/ann", "localhost:9000x", process.cwd(), "2026-"]) expect(text).not.toContain(trace);
});

/** An edit to the tree of one document: what a slip of the hand does. */
const slip = fc.record({
  file: fc.nat(),
  node: fc.nat(),
  kind: fc.constantFrom("remove", "rename", "null", "number", "text", "list", "map", "expression", "swap"),
  text: fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.constantFrom(
      "${ body",
      "${ body.nothing }",
      "${ }",
      "${ 1 + }",
      "${ (x => x)(1) }",
      "a@1",
      "../x",
      "__proto__",
      "${ secrets.token }",
      "contract",
      "\u0000",
      "${ body.lines.map(x => x.map(y => y)) }",
    ),
  ),
});

function edited(files: Files, edits: readonly (typeof slip extends fc.Arbitrary<infer S> ? S : never)[]): Files {
  const changed: Record<string, string> = { ...files };
  for (const edit of edits) {
    const names = Object.keys(files).filter((name) => name.endsWith(".yaml"));
    const name = names[edit.file % names.length] ?? "";
    const documents = parseAllDocuments(changed[name] ?? "").map((document) => document.toJS() as unknown);
    const spots = documents.flatMap((document, index) => spotsIn(documents, index, document));
    const spot = spots[edit.node % Math.max(1, spots.length)];
    spot?.(edit.kind, edit.text);
    changed[name] = documents.map((document) => stringify(document)).join("---\n");
  }
  return changed;
}

type Spot = (kind: string, text: string) => void;

function spotsIn(owner: unknown, key: string | number, value: unknown): readonly Spot[] {
  const parent = owner as Record<string | number, unknown>;
  const own: Spot = (kind, text) => {
    if (kind === "remove") delete parent[key];
    else if (kind === "rename") {
      delete parent[key];
      Object.defineProperty(parent, text, { value, enumerable: true, configurable: true, writable: true });
    } else if (kind === "null") parent[key] = null;
    else if (kind === "number") parent[key] = 7;
    else if (kind === "list") parent[key] = [value];
    else if (kind === "map") parent[key] = { [text]: value };
    else if (kind === "expression") parent[key] = `\${ ${text} }`;
    else parent[key] = text;
  };
  const inner =
    typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([name, member]) => spotsIn(value, name, member))
      : [];
  return [own, ...inner];
}

function isSound(compiled: Compiled, files: Files): void {
  const errors = compiled.diagnostics.filter(({ severity }) => severity === "error");
  expect(compiled.emitted === undefined).toBe(errors.length > 0);
  for (const { code, file, range, message } of compiled.diagnostics) {
    expect([code, code === "VRS9001" ? message : ""]).toEqual([code, ""]);
    expect(message).not.toMatch(/undefined is|\[object|\$Json|\$Any|⟦/);
    const lines = (files[file] ?? "").split("\n");
    expect(range.start.line).toBeLessThanOrEqual(Math.max(1, lines.length));
    expect(range.start.line > range.end.line).toBe(false);
  }
}

test("a slip anywhere in the tree is told with a place, or compiles", () => {
  fc.assert(
    fc.property(fc.array(slip, { minLength: 1, maxLength: 3 }), (edits) => {
      const files = edited(workspace, edits);
      isSound(compileAt("/w", files), files);
    }),
    { numRuns: 40 },
  );
});

test("so is a slip anywhere in the text", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("vrsky.yaml", "tenants/acme/tenant.yaml", "tenants/acme/orders.yaml", "contracts/order@1.json"),
      fc.nat(),
      fc.nat(6),
      fc.oneof(
        fc.string({ maxLength: 3 }),
        fc.constantFrom("\n", ": ", " #", "${", "}", "\t", "- ", "&a ", "*a", "!", "'", '"', "---\n"),
      ),
      (name, at, removed, added) => {
        const text = workspace[name] ?? "";
        const from = at % (text.length + 1);
        const files = { ...workspace, [name]: text.slice(0, from) + added + text.slice(from + removed) };
        isSound(compileAt("/w", files), files);
      },
    ),
    { numRuns: 40 },
  );
});

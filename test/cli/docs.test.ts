// `vrsky docs`: AsyncAPI documents that the official parser takes, pages whose links lead somewhere and whose texts are
// never markup, and a folder in which nothing of anybody else is touched.

import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { Parser } from "@asyncapi/parser";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { generate } from "../../bench/compile/generate.ts";
import { asyncApiText, documents } from "../../cli/documents/pages.ts";
import { docsVerb } from "../../cli/verbs/docs.ts";
import { folderOf, hostile, listening, surveyed } from "../rig/survey.ts";

using evil = folderOf(hostile);
using generated = folderOf(Object.fromEntries(generate(12, { seed: 7, tenants: 3 })));
using guarded = folderOf({
  "vrsky.yaml": `workspace: guarded
language: 1
contexts:
  one: { nats: "nats://nats.example.com, tls://second.example.com:4333", secrets: env }
`,
  "contracts/tree@1.json": JSON.stringify({
    type: "object",
    required: ["id", "kind"],
    properties: {
      id: { $ref: "#/$defs/id" },
      kind: { enum: ["a", "b"] },
      note: { type: "string", nullable: true, deprecated: true, maxLength: 9 },
      place: { $ref: "contract:place@1" },
    },
    $defs: { id: { type: "string", minLength: 1, description: "Whose | it is." } },
  }),
  "contracts/deep@1.json": JSON.stringify({
    type: "object",
    properties: { children: { type: "array", items: { $ref: "#" } } },
  }),
  "contracts/place@1.json": JSON.stringify({ type: "object", properties: { city: { type: "string" } } }),
  "tenants/acme/all.yaml": `tenant: acme
secrets: [a, b, c]
streams: { trees: { contract: tree@1, export-to: [globex] } }
---
integration: signed
description: Takes trees.
labels: { team: green }
source: { http: { path: /signed, methods: [POST, PUT], signature: { scheme: hmac, header: x-proof, secret: "\${ secrets.a }" } }, contract: tree@1 }
targets: { out: { stream: trees }, other: { nats: { subject: "trees.\${ body.id }.new" }, contract: tree@1 } }
---
integration: keyed
source: { http: { path: /keyed, format: xml, auth: { api-key: { header: x-key, key: "\${ secrets.b }" } } }, contract: { id: string } }
reply: { json: { id: "\${ body.id }" } }
---
integration: held
source: { http: { path: /held, auth: { bearer: "\${ secrets.c }" } }, contract: any }
targets: { out: { nats: { subject: held } } }
---
integration: heard
source: { nats: { subject: held }, contract: deep@1 }
targets: { out: { nats: { subject: heard }, limit: { rate: 5/m, concurrency: 2 }, on-error: { rejected: drop } } }
`,
  "tenants/globex/all.yaml": `tenant: globex
---
integration: reads
source: { stream: acme/trees }
targets: { out: { nats: { subject: trees } } }
`,
});

const folders = [
  "examples",
  "examples/language",
  "examples/csv-to-postgres",
  "examples/orders-routed",
  evil.path,
  generated.path,
  guarded.path,
];
const written = new Map(folders.map((folder) => [folder, surveyed(folder, (survey) => documents(survey, "../.."))]));
const guardedJson = surveyed(guarded.path, (survey) => asyncApiText(survey, "json"));
const pages = [...written].flatMap(([folder, files]) =>
  [...files].filter(([path]) => path.endsWith(".md")).map(([path, text]) => ({ folder, path, text, files })),
);
const pageOf = (folder: string, path: string): string => written.get(folder)?.get(path) ?? "";

const parser = new Parser();

test.each(folders)("the official parser takes the AsyncAPI document: %#", async (folder) => {
  const { document, diagnostics } = await parser.parse(pageOf(folder, "asyncapi.yaml"));
  // 3.0 is what is promised; that there is a later version is the only thing it has to say.
  expect(diagnostics.filter(({ code }) => code !== "asyncapi-latest-version")).toEqual([]);
  // One that reads files and writes tables offers nothing.
  const offers = folder !== "examples/csv-to-postgres";
  expect((document?.channels().length ?? 0) > 0).toBe(offers);
  for (const channel of document?.channels() ?? []) expect(channel.messages().length).toBeGreaterThan(0);
});

test("AsyncAPI: addresses, operations, and who must prove what", async () => {
  const text = pageOf(guarded.path, "asyncapi.yaml");
  const document = parse(text);
  expect(document.servers).toMatchObject({
    one: { host: "nats.example.com:4222", protocol: "nats" },
    "one-2": { host: "second.example.com:4333" },
  });
  const { channels, operations, components } = document;
  expect(channels["acme.signed.http"].address).toBe("/acme/signed");
  expect(channels["acme.stream.trees"].address).toBe("stream.trees.{id}");
  expect(Object.values<{ address: string | null }>(channels).map(({ address }) => address)).toContain(
    "trees.{body-id}.new",
  );
  expect(operations["acme.signed.http.receive.put"]).toMatchObject({
    action: "receive",
    bindings: { http: { method: "PUT" } },
    security: [{ $ref: "#/components/securitySchemes/signature-hmac-x-proof" }],
    tags: [{ name: "acme" }, { name: "team: green" }],
  });
  expect(operations["acme.keyed.http.receive"].reply.channel.$ref).toBe("#/channels/acme.keyed.http.reply");
  expect(operations["globex.reads.stream.receive"]).toMatchObject({
    channel: { $ref: "#/channels/acme.stream.trees" },
  });
  expect(operations["acme.signed.out.send"]).toMatchObject({
    action: "send",
    channel: { $ref: "#/channels/acme.stream.trees" },
  });
  expect(components.securitySchemes).toMatchObject({
    "api-key-x-key": { type: "httpApiKey", in: "header", name: "x-key" },
    bearer: { type: "http", scheme: "bearer" },
  });
  expect(components.schemas["tree-1"]).toMatchObject({
    properties: {
      id: { $ref: "#/components/schemas/tree-1/definitions/id" },
      note: { type: ["string", "null"] },
      place: { $ref: "#/components/schemas/place-1" },
    },
  });
  expect(components.schemas["deep-1"].properties.children.items.$ref).toBe("#/components/schemas/deep-1");
  expect(JSON.parse(guardedJson)).toEqual(document);
});

test("a page tells what it does, how to send to it, its fields, steps, arms, targets and what it needs", () => {
  const orders = pageOf("examples", "shop/orders.md");
  expect(orders).toContain("![What happens to a message](orders.svg)");
  expect(orders).toContain("curl -i http://127.0.0.1:8080/shop/orders -H 'content-type: application/json'");
  expect(orders).toContain("| `lines[].qty` | integer | yes | at least 1 |");
  expect(orders).toContain("the answer, `{ name: string, tier: gold | basic }`, becomes `vars.customer`");
  expect(orders).toContain('| 2 | `body.total >= settings.great \\|\\| body.tier === "gold"` | `desk`, `warehouse` |');
  expect(orders).toContain("| secrets | `crm_token` |");
  expect(pageOf("examples", "shop/stock.md")).toContain("  - On rejected: it goes to desk.");
  expect(pageOf("examples", "market/thanks.md")).toContain("written by [market/sales](../market/sales.md)");
  expect(pageOf("examples", "contracts/sale@1.md")).toContain("- Read by: [market/thanks]");
  const signed = pageOf(guarded.path, "acme/signed.md");
  expect(signed).toContain("The sender proves itself by signature: hmac.");
  expect(signed).toContain("| `id` | string | yes | Whose \\| it is; not empty |");
  expect(pageOf(guarded.path, "acme/heard.md")).toContain("- At most 5/m, 2 at a time.");
});

test("links and pictures of every page lead to a file of the documents", () => {
  for (const { path, text, files } of pages) {
    for (const [, to = ""] of text.matchAll(/(?<!\\)\]\(([^)\s]+)\)/g)) {
      // The spec itself, and what stands in code.
      if (to.startsWith("../../") || to === "javascript:x") continue;
      const at = posix.join(posix.dirname(path), decodeURIComponent(to));
      expect([path, files.has(at)], to).toEqual([path, true]);
    }
  }
});

test("outside of code no text of an author is markup", () => {
  for (const { text, path } of pages) {
    const prose = text
      .replaceAll(/^(`{3,})[\s\S]*?^\1$/gm, "")
      .replaceAll(/(?<!`)(`+)(?!`)[^\n]*?[^`]\1(?!`)/g, "")
      .replaceAll("<br>", "");
    expect(prose.match(/<\w|javascript:(?!x\))/g), path).toBeNull();
  }
  expect(pageOf(evil.path, "acme/orders.md")).toContain("\\[a\\](javascript:x)");
});

test("the verb writes what changed, checks, removes what it wrote itself and nothing else", () => {
  using workspace = folderOf({
    "tenants/acme/a.yaml":
      "integration: a\nsource: { http: { path: /a }, contract: any }\ntargets: { out: { nats: { subject: a } } }\n",
    "tenants/acme/b.yaml":
      "integration: b\nsource: { http: { path: /b }, contract: any }\ntargets: { out: { nats: { subject: b } } }\n",
  });
  const out = join(workspace.path, "docs");
  const run = (check = false) => {
    const { io, said } = listening(workspace.path);
    return { code: docsVerb(".", { out: "docs", check }, io), err: said.err };
  };
  expect(run(true)).toMatchObject({ code: 1, err: expect.stringContaining("missing    README.md") });
  expect(existsSync(out)).toBe(false);
  expect(run()).toMatchObject({ code: 0, err: expect.stringContaining("(8 of 8 files written)") });
  expect(run(true).code).toBe(0);
  expect(readFileSync(join(out, "acme/a.md"), "utf8")).toContain("(../../tenants/acme/a.yaml)");
  mkdirSync(join(out, "acme"), { recursive: true });
  writeFileSync(join(out, "acme/notes.md"), "mine");
  const before = statSync(join(out, "acme/a.md")).ino;
  rmSync(join(workspace.path, "tenants/acme/b.yaml"));
  writeFileSync(join(out, "README.md"), "edited");
  expect(run(true).err).toMatch(/differs {4}README\.md[\s\S]*left over {2}acme\/b\.md/);
  expect(run().err).toContain("2 removed");
  expect([existsSync(join(out, "acme/b.md")), existsSync(join(out, "acme/notes.md"))]).toEqual([false, true]);
  expect(statSync(join(out, "acme/a.md")).ino).toBe(before);
  expect(run(true).code).toBe(0);
});

test("the AsyncAPI document alone: wherever it lies, and whatever lies beside it", () => {
  using workspace = folderOf({
    "tenants/acme/a.yaml":
      "integration: a\nsource: { http: { path: /a }, contract: any }\ntargets: { out: { nats: { subject: a } } }\n",
  });
  const run = (asyncapi: string, check: boolean) => {
    const { io, said } = listening(workspace.path);
    return { code: docsVerb(".", { out: "docs", check, asyncapi }, io), err: said.err };
  };
  docsVerb(".", { out: "docs", check: false }, listening(workspace.path).io);
  const file = join(workspace.path, "docs/api.json");
  expect(run(file, true)).toMatchObject({ code: 1, err: expect.stringContaining("missing    api.json") });
  expect(run(file, false).code).toBe(0);
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ asyncapi: "3.0.0" });
  expect(run(file, true).code).toBe(0);
  expect(run("docs/asyncapi.yaml", true)).toEqual({ code: 0, err: "up to date: docs/asyncapi.yaml (1 file)\n" });
  writeFileSync(file, "{}");
  expect(run("docs/api.json", true)).toMatchObject({ code: 1, err: expect.stringContaining("differs    api.json") });
});

test("what somebody else has written where a page would stand is not written over", () => {
  using workspace = folderOf({
    "README.md": "# Mine\n",
    "tenants/acme/a.yaml":
      "integration: a\nsource: { http: { path: /a }, contract: any }\ntargets: { out: { nats: { subject: a } } }\n",
  });
  const { io, said } = listening(workspace.path);
  expect(docsVerb(".", { out: ".", check: false }, io)).toBe(3);
  expect(said.err).toMatch(/\n {4}README\.md\n[\s\S]*Nothing was written\./);
  expect(readFileSync(join(workspace.path, "README.md"), "utf8")).toBe("# Mine\n");
  expect(existsSync(join(workspace.path, "acme"))).toBe(false);
});

test("what is written out in an address and lets in is on no page and in no picture", () => {
  using workspace = folderOf({
    "tenants/acme/tenant.yaml": "tenant: acme\nsecrets: [e]\n",
    "tenants/acme/a.yaml": `integration: a
source: { http: { path: /a }, contract: { id: string } }
steps:
  - map: { link: "\${ 'https://ann:s1cret@a.example.com/' + body.id }", fixed: "https://ann:s1cret@a.example.com", asked: "\${ 'https://a.example.com/?page=2&sig=s1cret&id=' + body.id }" }
targets:
  b: { http: { url: "https://ann:s1cret@b.example.com/in" } }
  d: { http: { url: "https://d.example.com/in?access_token=s1cret&to=\${ body.fixed }&key=s1cret#end" } }
  e: { http: { url: "https://e.example.com/in?token=\${ secrets.e }" } }
  c: { http: { url: "https://ann:s1cret@c.example.com/\${ body.link }" } }
`,
  });
  const all = surveyed(workspace.path, (survey) => [...documents(survey, ".").values()].join("\n"));
  expect(all).toContain("https://…@b.example.com/in");
  expect(all).toContain("?page=2&sig=…&id=");
  expect(all).toContain("?access_token=…&to=${ body.fixed }&key=…#end");
  expect(all).toContain("?token=${ secrets.e }");
  expect(all).not.toContain("s1cret");
});

// A session with the language server, as an author has it: through the built command line and a real client.

import { mkdtempSync } from "node:fs";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  CodeActionRequest,
  type CompletionItem,
  CompletionRequest,
  DefinitionRequest,
  type Diagnostic,
  DocumentFormattingRequest,
  type DocumentSymbol,
  DocumentSymbolRequest,
  HoverRequest,
  RenameRequest,
  type TextEdit,
} from "vscode-languageserver/node";
import { type Client, edited, languageClient, type OpenDocument } from "../rig/language-client.ts";

const root = mkdtempSync(join(tmpdir(), "vrsky-lsp-"));
let client: Client;

beforeAll(async () => {
  await cp(new URL("../../examples/language", import.meta.url).pathname, root, { recursive: true });
  // Of a version whose words were others.
  await mkdir(join(root, ".vrsky/codes"), { recursive: true });
  await writeFile(join(root, ".vrsky/codes/VRS4002.md"), "# old words\n");
  client = await languageClient(root);
});
afterAll(async () => {
  await client.end();
  await rm(root, { recursive: true, force: true });
});

const file = "tenants/acme/07-enrich-cache.yaml";

const none = (found: readonly unknown[]): boolean => found.length === 0;

async function offered(document: OpenDocument, behind: string): Promise<readonly CompletionItem[]> {
  const position = document.at(behind, behind.length);
  const answer = await client.connection.sendRequest(CompletionRequest.type, {
    textDocument: { uri: document.uri },
    position,
  });
  return answer === null || Array.isArray(answer) ? (answer ?? []) : answer.items;
}
const names = (items: readonly CompletionItem[]): readonly string[] => items.map(({ label }) => label);

async function said(document: OpenDocument, mark: string, into = 0): Promise<string> {
  const answer = await client.connection.sendRequest(HoverRequest.type, {
    textDocument: { uri: document.uri },
    position: document.at(mark, into),
  });
  const contents = answer?.contents;
  return typeof contents === "object" && "value" in contents ? contents.value : "";
}

test("a wrong field gets a squiggle in its place while it is typed, and none when it is right", async () => {
  const document = await client.open(file);
  await document.replace("${ body.id }", "${ body. }");
  await document.type("message-id: ${ body.", "idd");
  const typed = (found: readonly Diagnostic[]): boolean => found.some(({ message }) => String(message).includes("idd"));
  const [finding, ...others] = await client.findings(file, typed);
  expect(others).toEqual([]);
  expect(finding).toMatchObject({
    code: "VRS4002",
    severity: 1,
    source: "vrsky",
    range: { start: document.at("body.idd", 5), end: document.at("body.idd", 8) },
  });
  expect(finding?.message).toContain("order@1");
  const [label] = finding?.relatedInformation ?? [];
  expect(label?.location.uri).toBe(client.uri("contracts/order@1.json"));
  expect(await readFile(new URL(finding?.codeDescription?.href ?? ""), "utf8")).toContain("# VRS4002:");
  await document.replace("body.idd", "body.id");
  await client.findings(file, none);
  await document.close();
});

test("what an expression that is not finished may hold next is offered with its type", async () => {
  const document = await client.open(file);
  await document.replace("${ body.id }", "${ body. }");
  const fields = await offered(document, "message-id: ${ body.");
  expect(names(fields)).toEqual(["id", "customerId", "status", "amount", "lines"]);
  expect(fields.find(({ label }) => label === "status")?.detail).toBe('"open" | "paid"');
  // No brace yet, and another expression below.
  await document.replace("message-id: ${ body. }", "message-id: ${ body.");
  expect(names(await offered(document, "message-id: ${ body."))).toContain("customerId");
  await document.replace("message-id: ${ body.", "message-id: ${ body.lines.map(line => line.");
  expect(names(await offered(document, "line => line."))).toEqual(["sku", "qty"]);
  await document.replace("message-id: ${ body.lines.map(line => line.", "message-id: ${ body.lines.map(line => ");
  expect(names(await offered(document, "line => "))).toEqual(expect.arrayContaining(["line", "body", "round"]));
  await document.close();
});

test("vars hold what the steps before have kept; what may be missing is offered with its question mark", async () => {
  const document = await client.open(file);
  await document.replace('vars.customer?.tier ?? "none"', "vars.");
  expect(names(await offered(document, "tier: ${ vars."))).toEqual(["customer"]);
  await document.replace("tier: ${ vars.", "tier: ${ vars.customer.");
  const members = await offered(document, "tier: ${ vars.customer.");
  expect(names(members)).toEqual(["name", "tier"]);
  const [name] = members;
  expect(edited(document.text(), [name?.textEdit as TextEdit])).toContain("tier: ${ vars.customer?.name }");
  // Before the call there is none.
  await document.replace("message-id: ${ body.id }", "message-id: ${ ");
  const roots = names(await offered(document, "message-id: ${ "));
  expect(roots).toEqual(expect.arrayContaining(["body", "headers", "meta", "settings", "round"]));
  expect(roots).not.toContain("vars");
  expect(roots).not.toContain("secrets");
  await document.close();
});

test("texts of a literal type are offered inside quotes; functions and methods with what they do", async () => {
  const document = await client.open(file);
  await document.replace("  - map:", '  - filter: ${ body.status === "" }\n  - map:');
  expect(names(await offered(document, 'body.status === "'))).toEqual(["open", "paid"]);
  await document.replace('body.status === ""', "body.id.toU");
  const methods = await offered(document, "body.id.toU");
  const upper = methods.find(({ label }) => label === "toUpperCase");
  expect(upper?.detail).toBe("toUpperCase() => string");
  expect(upper?.documentation).toMatchObject({ value: expect.stringContaining("In upper case") });
  expect(names(methods)).not.toContain("charAt");
  await document.close();
});

test("secrets are offered where they may stand, in a connection, by their names", async () => {
  const document = await client.open("tenants/acme/tenant.yaml");
  await document.replace("Bearer ${ secrets.crm_token }", "Bearer ${ secrets. }");
  expect(names(await offered(document, "Bearer ${ secrets."))).toContain("crm_token");
  await document.replace("Bearer ${ secrets. }", "Bearer ${ se");
  expect(names(await offered(document, "Bearer ${ se"))).toEqual(expect.arrayContaining(["secrets", "settings"]));
  await document.close();
});

test("completion goes on while the YAML elsewhere in the file is broken", async () => {
  const document = await client.open(file);
  await document.replace("  out: { nats:", "  out: { nats: { subject: [}\n  other: { nats:");
  await document.replace("${ body.id }", "${ body. }");
  expect(names(await offered(document, "message-id: ${ body."))).toContain("customerId");
  await document.close();
});

test("hover tells types, and what functions and methods do", async () => {
  const document = await client.open(file);
  expect(await said(document, "body.customerId", 7)).toContain("body.customerId: string");
  expect(await said(document, "vars.customer?.name", 7)).toContain("vars.customer:");
  expect(await said(document, "vars.customer?.name", 16)).toMatch(/vars\.customer\?\.name: string \| undefined/);
  await document.replace("vars.customer?.tier", "vars.customer?.tier.toUpperCase()");
  expect(await said(document, "toUpperCase", 3)).toContain("In upper case");
  await document.close();
});

test("keys, settings of connectors and names of the workspace are offered in the YAML", async () => {
  const document = await client.open(file);
  const inCall = "connection: crm, ";
  await document.replace("timeout: 2s }", " }");
  await document.replace('path: "/customers/${ body.customerId }",', "");
  const settings = names(await offered(document, inCall));
  expect(settings).toEqual(expect.arrayContaining(["path", "method", "timeout", "json"]));
  expect(settings).not.toContain("connection");
  await document.replace("connection: crm", "connection: c");
  expect(names(await offered(document, "connection: c"))).toEqual(["crm", "erp"]);
  await document.replace("contract: order@1", "contract: o");
  expect(names(await offered(document, "contract: o"))).toEqual(expect.arrayContaining(["any", "order@1"]));
  await document.replace("targets:\n  out: {", "rou\ntargets:\n  out: {");
  const keys = names(await offered(document, "rou"));
  expect(keys).toContain("route");
  expect(keys).not.toContain("steps");
  await document.close();
});

test("names of the document's own targets and of fragments; whole steps where one begins", async () => {
  const routed = await client.open("tenants/acme/06-soap-route.yaml");
  await routed.replace("to: [desk]", "to: [  ]");
  expect(names(await offered(routed, "to: [ "))).toEqual(["desk", "standard", "bulk"]);
  await routed.close();
  const fragments = await client.open("tenants/acme/14-fragment.yaml");
  await fragments.replace('use: normalise-address\n    with: { country: "NO" }', "use: nx");
  expect(names(await offered(fragments, "use: nx"))).toEqual(["normalise-address"]);
  await fragments.replace("use: nx\n", "\n");
  const begun = await offered(fragments, "/no }, contract: customer-in@1 }\nsteps:\n  - ");
  expect(names(begun)).toEqual(expect.arrayContaining(["map", "filter", "filter …", "call …"]));
  await fragments.close();
});

test("hover on a key tells what it is for, on a contract what it holds", async () => {
  const document = await client.open(file);
  expect(await said(document, "message-id", 3)).toContain("Dedupe and idempotency key.");
  expect(await said(document, "order@1", 2)).toContain("customerId: string");
  expect(await said(document, "subject: orders.new", 3)).toContain("subject");
  await document.close();
});

test("a field that is called as a function or a scope is what the contract says, and no more", async () => {
  const document = await client.open(
    "tenants/acme/named.yaml",
    `integration: named
source: { http: { path: /named }, contract: { date: string, meta: { id: string } } }
reply: { json: { a: "\${ body.date }", b: "\${ date(body.meta.id) }", c: "\${ meta.id }", d: "\${ [{ date: 1 }] }" } }
`,
  );
  expect(await said(document, "body.date", 6)).toBe("```ts\nbody.date: string\n```");
  expect(await said(document, "body.meta.id", 6)).not.toContain("What is known of the message");
  expect(await said(document, "{ date: 1", 3)).not.toContain("Reads ISO 8601");
  expect(await said(document, "date(body", 1)).toContain("Reads ISO 8601");
  expect(await said(document, "${ meta.id", 4)).toContain("What is known of the message");
  await document.close();
});

async function defined(document: OpenDocument, mark: string, into = 0): Promise<string> {
  const answer = await client.connection.sendRequest(DefinitionRequest.type, {
    textDocument: { uri: document.uri },
    position: document.at(mark, into),
  });
  const place = Array.isArray(answer) ? answer[0] : answer;
  if (place == null || !("uri" in place)) return "nowhere";
  const path = place.uri.slice(client.uri("").length);
  return `${decodeURIComponent(path).replace(/^\//, "")}:${place.range.start.line + 1}:${place.range.start.character + 1}`;
}

/** Where a file of the disk has the one line with this text. */
async function placed(path: string, mark: string): Promise<string> {
  const lines = (await readFile(join(root, path), "utf8")).split("\n");
  const line = lines.findIndex((each) => each.includes(mark));
  return `${path}:${line + 1}:${(lines[line] ?? "").indexOf(mark) + 1}`;
}

test("from a name to where it is declared", async () => {
  const document = await client.open(file);
  expect(await defined(document, "order@1", 2)).toBe("contracts/order@1.json:1:1");
  expect(await defined(document, "connection: crm", 13)).toBe(await placed("tenants/acme/tenant.yaml", "crm: {"));
  expect(await defined(document, "vars.customer?.name", 6)).toBe(await placed(file, "customer # kept"));
  await document.close();
  const routed = await client.open("tenants/acme/06-soap-route.yaml");
  expect(await defined(routed, "to: [standard]", 6)).toBe(
    await placed("tenants/acme/06-soap-route.yaml", "standard: {"),
  );
  expect(await defined(routed, "settings.bigOrder", 12)).toBe(await placed("vrsky.yaml", "bigOrder: number"));
  await routed.close();
  const fragments = await client.open("tenants/acme/14-fragment.yaml");
  expect(await defined(fragments, 'normalise-address\n    with: { country: "NO"', 3)).toBe(
    "tenants/acme/14-fragment.yaml:1:11",
  );
  expect(await defined(fragments, "params.country", 9)).toBe("tenants/acme/14-fragment.yaml:2:11");
  await fragments.close();
  const tenant = await client.open("tenants/acme/tenant.yaml");
  expect(await defined(tenant, "secrets.crm_token", 10)).toBe(await placed("tenants/acme/tenant.yaml", "crm_token"));
  await tenant.close();
  const shared = await client.open("tenants/globex/12-cross-tenant.yaml");
  expect(await defined(shared, "acme/paid-orders", 7)).toBe(await placed("tenants/acme/tenant.yaml", "paid-orders: {"));
  await shared.close();
});

async function renamed(document: OpenDocument, mark: string, into: number, newName: string) {
  return client.connection.sendRequest(RenameRequest.type, {
    textDocument: { uri: document.uri },
    position: document.at(mark, into),
    newName,
  });
}

test("a step's result is renamed with all that reads it, its cases included", async () => {
  const document = await client.open(file);
  const answer = await renamed(document, "vars.customer?.name", 6, "buyer");
  // Its cases lie in a file beside.
  expect(Object.keys(answer?.changes ?? {})).toEqual([
    document.uri,
    client.uri("tenants/acme/tests/07-enrich-cache.yaml"),
  ]);
  const text = edited(document.text(), answer?.changes?.[document.uri] ?? []);
  expect(text).toContain("- as: buyer # kept");
  expect(text).toContain('${ vars.buyer?.name ?? "unknown" }');
  expect(text).toContain('${ vars.buyer?.tier ?? "none" }');
  expect(text).toContain("calls: { buyer: { error: not-found } }");
  await document.close();
});

test("a field that is called `vars` is no step's result", async () => {
  const document = await client.open(file);
  await document.replace('vars.customer?.tier ?? "none"', "body.vars.customer");
  await expect(renamed(document, "body.vars.customer", 12, "buyer")).rejects.toThrow("can be renamed");
  await document.close();
});

test("a name that is none, or is taken, is refused with why", async () => {
  const document = await client.open(file);
  await expect(renamed(document, "as: customer", 5, "2nd")).rejects.toThrow("`2nd` is not a name");
  await document.replace("  - map:", "  - as: other\n    map: { a: 1 }\n  - map:");
  await expect(renamed(document, "as: customer", 5, "other")).rejects.toThrow(
    "There is already a step's result `other`",
  );
  await expect(renamed(document, "subject: orders.new", 3, "a")).rejects.toThrow("can be renamed");
  await document.close();
});

test("a target is renamed with the arms of the route that send to it", async () => {
  const document = await client.open("tenants/acme/06-soap-route.yaml");
  const answer = await renamed(document, "to: [desk]", 5, "people");
  const text = edited(document.text(), answer?.changes?.[document.uri] ?? []);
  expect(text).toContain("to: [people]");
  expect(text).toContain("  people:\n    http: { url: https://desk.example.com/tickets");
  await document.close();
});

const quoted = `integration: quoted
source: { http: { path: /quoted }, contract: { sku: string } }
steps:
  - name: ask-price
    as: price
    call: { http: { url: https://pricing.example.com } }
    contract: { amount: number }
  - as: stock
    call: { http: { url: https://stock.example.com } }
    contract: { left: integer }
targets:
  out: { nats: { subject: acme.quoted } }
---
tests: quoted
calls: { ask-price: { amount: 1 } }
cases:
  - name: beside
    given: { body: { sku: a } }
    calls: { stock: { left: 1 } }
    expect: { targets: { out: 1 } }
`;
const cases = `tests: quoted
answers: { out: ok }
cases:
  - name: price
    given: { body: { sku: a } }
    calls: { stock: { left: 0 }, ask-price: { amount: 2 } }
    expect: { targets: { out: 1 }, retries: { out: 0 } }
`;

test("a step, a call and a target are renamed from where they stand, in cases, too", async () => {
  const path = "tenants/acme/quoted.yaml";
  const flow = await client.open(path, quoted);
  const beside = await client.open("tenants/acme/quoted-cases.yaml", cases);
  const both = async (document: OpenDocument, mark: string, into: number, newName: string) => {
    const answer = await renamed(document, mark, into, newName);
    return [flow, beside].map((each) => edited(each.text(), answer?.changes?.[each.uri] ?? []));
  };
  // Its name is a field of the case's, too; what it keeps is called by nobody.
  const asked = [quoted.replaceAll("ask-price", "quote"), cases.replaceAll("ask-price", "quote")];
  expect(await both(flow, "name: ask-price", 8, "quote")).toEqual(asked);
  expect(await both(beside, "ask-price: { amount: 2", 3, "quote")).toEqual(asked);
  expect(await both(flow, "as: price", 5, "quote")).toEqual([quoted.replace("as: price", "as: quote"), cases]);
  expect(await both(beside, "stock: { left", 1, "left")).toEqual([
    quoted.replaceAll(/\bstock(?=:|$)/gm, "left"),
    cases.replace("stock:", "left:"),
  ]);
  expect(await both(beside, "retries: { out", 11, "lake")).toEqual([
    quoted.replaceAll(/\bout:/g, "lake:"),
    cases.replaceAll(/\bout:/g, "lake:"),
  ]);
  await expect(renamed(flow, "name: ask-price", 8, "stock")).rejects.toThrow("already a step's result `stock`");
  await expect(renamed(flow, "as: stock", 5, "ask-price")).rejects.toThrow("is not a name");
  await expect(renamed(beside, "name: price", 7, "quote")).rejects.toThrow("can be renamed");
  expect(await defined(beside, "ask-price: { amount", 2)).toBe(`${path}:4:11`);
  expect(await defined(beside, "stock: {", 2)).toBe(`${path}:8:9`);
  expect(await defined(beside, "answers: { out", 12)).toBe(`${path}:12:3`);
  await flow.close();
  await beside.close();
});

test("what is reached through an alias is renamed once", async () => {
  const shared = `integration: shared
source: { http: { path: /shared }, contract: { sku: string } }
route: [{ when: "\${ body.sku === 'a' }", to: &all [lake] }, { else: true, to: *all }]
targets: { lake: { nats: { subject: acme.shared } } }
`;
  const document = await client.open("tenants/acme/shared.yaml", shared);
  const answer = await renamed(document, "[lake]", 2, "sea");
  expect(edited(document.text(), answer?.changes?.[document.uri] ?? [])).toBe(shared.replaceAll("lake", "sea"));
  await document.close();
});

test("a quick fix writes what was meant", async () => {
  const document = await client.open(file);
  await document.replace("body.customerId", "body.custmerId");
  const [finding] = await client.findings(file, (found) => found.length > 0);
  if (finding === undefined) throw new Error("nothing was found");
  const actions = await client.connection.sendRequest(CodeActionRequest.type, {
    textDocument: { uri: document.uri },
    range: finding.range,
    context: { diagnostics: [finding] },
  });
  const fix = (actions ?? []).find(({ title }) => title.includes("customerId"));
  if (fix === undefined || !("edit" in fix)) throw new Error("there is no fix");
  expect(fix.isPreferred).toBe(true);
  expect(edited(document.text(), fix.edit?.changes?.[document.uri] ?? [])).toContain("${ body.customerId }");
  await document.close();
  await client.findings(file, none);
});

test("formatting is what `vrsky fmt` writes; symbols are the parts of the documents", async () => {
  const document = await client.open(file);
  await document.replace("nats: { subject: orders.new }", "nats:   {subject:   orders.new}");
  const edits = await client.connection.sendRequest(DocumentFormattingRequest.type, {
    textDocument: { uri: document.uri },
    options: { tabSize: 2, insertSpaces: true },
  });
  expect(edited(document.text(), edits ?? [])).toBe(await readFile(join(root, file), "utf8"));
  const symbols = (await client.connection.sendRequest(DocumentSymbolRequest.type, {
    textDocument: { uri: document.uri },
  })) as readonly DocumentSymbol[];
  expect(symbols.map(({ name, detail }) => `${detail} ${name}`)).toEqual([
    "integration order-with-customer",
    "tests order-with-customer",
  ]);
  expect(symbols[0]?.children?.map(({ name }) => name)).toEqual(["source", "call customer", "map", "out"]);
  await document.close();
});

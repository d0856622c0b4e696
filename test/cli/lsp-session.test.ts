// A session with the language server, as an author has it: through the built command line and a real client.

import { mkdtempSync } from "node:fs";
import { cp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type CompletionItem,
  CompletionRequest,
  type Diagnostic,
  HoverRequest,
  type TextEdit,
} from "vscode-languageserver/node";
import { type Client, edited, languageClient, type OpenDocument } from "../rig/language-client.ts";

const root = mkdtempSync(join(tmpdir(), "vrsky-lsp-"));
let client: Client;

beforeAll(async () => {
  await cp(new URL("../../examples/language", import.meta.url).pathname, root, { recursive: true });
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

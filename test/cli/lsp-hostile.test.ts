// The language server where things are not as they should be: broken YAML, other line ends, letters of two units, files
// of no workspace, workspaces side by side, files that go, and an editor that does not keep to the protocol.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import {
  type CompletionItem,
  CompletionRequest,
  DidChangeWatchedFilesNotification,
  DidChangeWorkspaceFoldersNotification,
  HoverRequest,
} from "vscode-languageserver/node";
import { command } from "../rig/command.ts";
import { type Client, languageClient, type OpenDocument } from "../rig/language-client.ts";

const base = mkdtempSync(join(tmpdir(), "vrsky-lsp-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const root = "workspace: w\nlanguage: 1\n";
const flow = (path: string, field: string): string =>
  `integration: ${path}\nsource: { http: { path: /${path} }, contract: { id: string } }\nreply: { json: { id: "\${ body.${field} }" } }\n`;

function workspace(name: string, files: Readonly<Record<string, string>>): string {
  const folder = join(base, name);
  for (const [path, text] of Object.entries({ "vrsky.yaml": root, ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const some = (found: readonly unknown[]): boolean => found.length > 0;
const none = (found: readonly unknown[]): boolean => found.length === 0;

async function offered(client: Client, document: OpenDocument, behind: string): Promise<readonly string[]> {
  const answer = await client.connection.sendRequest(CompletionRequest.type, {
    textDocument: { uri: document.uri },
    position: document.at(behind, behind.length),
  });
  const items: readonly CompletionItem[] = answer === null || Array.isArray(answer) ? (answer ?? []) : answer.items;
  return items.map(({ label }) => label);
}

test("places count as editors do: CRLF, letters of two units, a block of several lines", async () => {
  const folder = workspace("places", {});
  await using client = await languageClient(folder);
  const crlf = flow("a", "id").replaceAll("\n", "\r\n");
  const first = await client.open("a.yaml", crlf);
  await first.replace("body.id", "body.idd");
  const [inCrlf] = await client.findings("a.yaml", some);
  expect(inCrlf?.range).toEqual({ start: first.at("body.idd", 5), end: first.at("body.idd", 8) });
  expect(await offered(client, first, "body.")).toEqual(["id"]);

  const emoji = flow("b", "id").replace('"${ body.id }"', '"👋🏽 für ${ body.idd } 🎉"');
  const second = await client.open("b.yaml", emoji);
  const [behindEmoji] = await client.findings("b.yaml", some);
  expect(behindEmoji?.range).toEqual({ start: second.at("body.idd", 5), end: second.at("body.idd", 8) });
  expect(await offered(client, second, "👋🏽 für ${ body.")).toEqual(["id"]);

  const block = flow("c", "id").replace('{ json: { id: "${ body.id }" } }', "\n  text: |-\n    ${\n      body.\n    }");
  const third = await client.open("c.yaml", block);
  expect(await offered(client, third, "      body.")).toEqual(["id"]);
});

test("YAML that cannot be read is a finding, and what is written in it goes on being helped with", async () => {
  const folder = workspace("broken", {});
  await using client = await languageClient(folder);
  const document = await client.open("a.yaml", `${flow("a", "id")}targets: [{\n`);
  const found = await client.findings("a.yaml", some);
  expect(found[0]?.code).toBe("VRS1001");
  expect(await offered(client, document, "body.")).toEqual(["id"]);
  await document.replace("targets: [{\n", "");
  await client.findings("a.yaml", none);
  // Cut by YAML itself: it is quoted by hand.
  await document.replace('"${ body.id }"', "${ body.id ? 'a' : 'b' }");
  const [cut] = await client.findings("a.yaml", some);
  expect(String(cut?.message)).toContain("YAML cuts this expression");
});

test("a file of no workspace has no findings and no help; one that is not saved yet has both", async () => {
  const folder = workspace("inside", {});
  await using client = await languageClient(base, { folders: [folder] });
  const outside = await client.open("outside.yaml", flow("a", "idd"));
  expect(await offered(client, outside, "body.")).toEqual([]);
  const hover = { textDocument: { uri: outside.uri }, position: outside.at("body.idd", 6) };
  expect(await client.connection.sendRequest(HoverRequest.type, hover)).toBeNull();
  expect(client.published("outside.yaml")).toBeUndefined();
  const unsaved = await client.open("inside/tenants/acme/new.yaml", flow("a", "idd"));
  await client.findings("inside/tenants/acme/new.yaml", some);
  // Closed without being saved it was never there.
  await unsaved.close();
  await client.findings("inside/tenants/acme/new.yaml", none);
});

test("two workspaces side by side know nothing of each other; findings are there before a file is opened", async () => {
  const one = workspace("one", { "a.yaml": flow("a", "idd") });
  const two = workspace("two", { "a.yaml": flow("a", "id") });
  await using client = await languageClient(base, { folders: [one, two] });
  await client.findings("one/a.yaml", some);
  const document = await client.open("two/a.yaml");
  await document.replace("body.id", "body.ie");
  const [finding] = await client.findings("two/a.yaml", some);
  expect(String(finding?.message)).toContain("ie");
  expect(String(client.published("one/a.yaml")?.[0]?.message)).toContain("idd");
});

test("a folder that the editor shows later is looked at, and one that it shows no longer is forgotten", async () => {
  const early = workspace("early", { "a.yaml": flow("a", "idd") });
  const late = workspace("late", { "a.yaml": flow("a", "idd") });
  await using client = await languageClient(base, { folders: [early] });
  await client.findings("early/a.yaml", some);
  const change = (added: readonly string[], removed: readonly string[]): Promise<void> => {
    const folders = (uris: readonly string[]) => uris.map((uri) => ({ uri, name: uri }));
    const event = { added: folders(added), removed: folders(removed) };
    return client.connection.sendNotification(DidChangeWorkspaceFoldersNotification.type, { event });
  };
  await change([pathToFileURL(late).href], []);
  await client.findings("late/a.yaml", some);
  // What lies on no disk is none of it.
  await change(["vscode-vfs://github/a/b"], ["vscode-vfs://github/c/d"]);
  await change([], [pathToFileURL(early).href]);
  await client.findings("early/a.yaml", none);
  expect(client.published("late/a.yaml")).toHaveLength(1);
});

test("a file that is deleted or renamed takes its findings with it", async () => {
  const folder = workspace("gone", { "a.yaml": flow("a", "idd") });
  await using client = await languageClient(folder);
  await client.findings("a.yaml", some);
  rmSync(join(folder, "a.yaml"));
  writeFileSync(join(folder, "b.yaml"), flow("a", "idd"));
  await client.connection.sendNotification(DidChangeWatchedFilesNotification.type, {
    changes: [
      { uri: client.uri("a.yaml"), type: 3 },
      { uri: client.uri("b.yaml"), type: 1 },
    ],
  });
  await client.findings("a.yaml", none);
  await client.findings("b.yaml", some);
  // With its vrsky.yaml the workspace goes.
  rmSync(join(folder, "vrsky.yaml"));
  await client.connection.sendNotification(DidChangeWatchedFilesNotification.type, {
    changes: [{ uri: client.uri("vrsky.yaml"), type: 3 }],
  });
  await client.findings("b.yaml", none);
});

test("`shutdown` and `exit` end it with 0, `exit` alone with 1, and so does an editor that goes away", async () => {
  const folder = workspace("ends", {});
  const client = await languageClient(folder);
  expect(await client.end()).toBe(0);
  const hasty = await languageClient(folder);
  const gone = once(hasty.child, "exit");
  await hasty.connection.sendNotification("exit");
  expect(await gone).toEqual([1, null]);
  hasty.connection.dispose();
  const left = await languageClient(folder);
  const ended = once(left.child, "exit");
  left.child.stdin?.end();
  expect(await ended).toEqual([1, null]);
  left.connection.dispose();
});

test("what is not the protocol ends it with words and no stack trace", async () => {
  const child = spawn(process.execPath, [...command, "lsp"], { stdio: ["pipe", "pipe", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const gone = once(child, "exit");
  child.stdin.on("error", () => undefined);
  child.stdin.end("hello, is anybody there?\r\n\r\n{}");
  const [code] = (await gone) as [number | null];
  expect(code).toBe(1);
  expect(said).not.toMatch(/\n\s+at /);
});

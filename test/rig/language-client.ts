// A real editor's side of the language server: the official protocol library over the standard input and output of
// the built command line. Findings are waited for, never times.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  createProtocolConnection,
  type Diagnostic,
  DidChangeTextDocumentNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  ExitNotification,
  InitializedNotification,
  InitializeRequest,
  type InitializeResult,
  type ProtocolConnection,
  PublishDiagnosticsNotification,
  RegistrationRequest,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
  type TextEdit,
} from "vscode-languageserver/node";
import { command } from "./command.ts";

export interface Client extends AsyncDisposable {
  readonly connection: ProtocolConnection;
  readonly child: ChildProcess;
  readonly offered: InitializeResult;
  /** Opens a file of the disk, or a text that is not there yet. */
  open(path: string, text?: string): Promise<OpenDocument>;
  /** The findings of a file, once they are as asked for. */
  findings(path: string, are: (found: readonly Diagnostic[]) => boolean): Promise<readonly Diagnostic[]>;
  /** What was last published. */
  published(path: string): readonly Diagnostic[] | undefined;
  uri(path: string): string;
  /** `shutdown`, then `exit`; gives the exit code. */
  end(): Promise<number | null>;
}

export interface OpenDocument {
  readonly uri: string;
  text(): string;
  /** Puts `by` in the place of the one occurrence of `what`, as an edit of that range. */
  replace(what: string, by: string): Promise<void>;
  /** Each unit as an edit of its own, behind the one occurrence of `behind`. */
  type(behind: string, text: string): Promise<void>;
  close(): Promise<void>;
  /** Of the one occurrence of `mark`, `into` units further. */
  at(mark: string, into?: number): { readonly line: number; readonly character: number };
}

interface ClientOptions {
  readonly folders?: readonly string[];
  /** The editor tells of changes on the disk. */
  readonly watches?: boolean;
  readonly vrsky?: readonly string[];
}

export async function languageClient(
  root: string,
  { folders = [root], watches = true, vrsky = command }: ClientOptions = {},
): Promise<Client> {
  const child = spawn(process.execPath, [...vrsky, "lsp", "--stdio"], {
    cwd: root,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error("the server has no streams");
  const connection = createProtocolConnection(new StreamMessageReader(stdout), new StreamMessageWriter(stdin));
  const last = new Map<string, readonly Diagnostic[]>();
  const waiting = new Set<() => void>();
  connection.onNotification(PublishDiagnosticsNotification.type, ({ uri, diagnostics }) => {
    last.set(uri, diagnostics);
    for (const wake of waiting) wake();
  });
  connection.onRequest(RegistrationRequest.type, () => undefined);
  connection.listen();
  const uri = (path: string): string => pathToFileURL(join(root, path)).href;
  const offered = await connection.sendRequest(InitializeRequest.type, {
    processId: process.pid,
    rootUri: null,
    workspaceFolders: folders.map((folder) => ({ uri: pathToFileURL(folder).href, name: folder })),
    capabilities: { workspace: { workspaceFolders: true, didChangeWatchedFiles: { dynamicRegistration: watches } } },
  });
  await connection.sendNotification(InitializedNotification.type, {});
  const end = async (): Promise<number | null> => {
    if (child.exitCode !== null) return child.exitCode;
    const gone = once(child, "exit");
    await connection.sendRequest(ShutdownRequest.type);
    await connection.sendNotification(ExitNotification.type);
    const [code] = (await gone) as [number | null];
    connection.dispose();
    return code;
  };
  return {
    connection,
    child,
    offered,
    uri,
    published: (path) => last.get(uri(path)),
    findings: (path, are) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = last.get(uri(path));
          if (found === undefined || !are(found)) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
    open: (path, text = readFileSync(join(root, path), "utf8")) => openDocument(connection, uri(path), text),
    end,
    [Symbol.asyncDispose]: async () => void (await end()),
  };
}

async function openDocument(connection: ProtocolConnection, uri: string, first: string): Promise<OpenDocument> {
  let text = first;
  let version = 1;
  await connection.sendNotification(DidOpenTextDocumentNotification.type, {
    textDocument: { uri, languageId: "yaml", version, text },
  });
  const edit = async (start: number, end: number, by: string): Promise<void> => {
    const range = { start: positionAt(text, start), end: positionAt(text, end) };
    text = text.slice(0, start) + by + text.slice(end);
    version += 1;
    await connection.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument: { uri, version },
      contentChanges: [{ range, text: by }],
    });
  };
  return {
    uri,
    text: () => text,
    at: (mark, into = 0) => positionAt(text, offsetOf(text, mark) + into),
    replace: (what, by) => edit(offsetOf(text, what), offsetOf(text, what) + what.length, by),
    type: async (behind, typed) => {
      const from = offsetOf(text, behind) + behind.length;
      for (const [index, unit] of typed.split("").entries()) await edit(from + index, from + index, unit);
    },
    close: () => connection.sendNotification(DidCloseTextDocumentNotification.type, { textDocument: { uri } }),
  };
}

function offsetOf(text: string, mark: string): number {
  const at = text.indexOf(mark);
  if (at === -1) throw new Error(`the text has no \`${mark}\``);
  if (text.includes(mark, at + 1)) throw new Error(`the text has \`${mark}\` more than once`);
  return at;
}

function positionAt(text: string, offset: number) {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
}

/** What the text is after the edits of an answer. */
export function edited(text: string, edits: readonly TextEdit[]): string {
  const lines = text.split("\n");
  const offset = ({ line, character }: { line: number; character: number }): number =>
    lines.slice(0, line).reduce((sum, each) => sum + each.length + 1, 0) + character;
  return edits
    .map(({ range, newText }) => ({ start: offset(range.start), end: offset(range.end), newText }))
    .sort((a, b) => b.start - a.start)
    .reduce((now, { start, end, newText }) => now.slice(0, start) + newText + now.slice(end), text);
}

// The language server: what the protocol asks, and who answers it. Requests are answered from the buffers as they are
// at that moment; findings follow each edit.

import type { Readable, Writable } from "node:stream";
import {
  CodeActionKind,
  type CodeActionParams,
  type CompletionParams,
  type Connection,
  createConnection,
  type DefinitionParams,
  DidChangeWatchedFilesNotification,
  type HoverParams,
  type InitializeParams,
  type InitializeResult,
  LSPErrorCodes,
  type PrepareRenameParams,
  type RenameParams,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
  TextDocumentSyncKind,
  TextDocuments,
} from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import packageJson from "../../package.json" with { type: "json" };
import { complete } from "./complete.ts";
import { definition } from "./definition.ts";
import { toDiagnostic } from "./diagnostics.ts";
import { fixAllKind, fixes } from "./fixes.ts";
import { formatting } from "./formatting.ts";
import { hover } from "./hover.ts";
import { prepareRename, rename } from "./rename.ts";
import { type OpenFile, openSession, type Session } from "./session.ts";
import { symbols } from "./symbols.ts";
import { pathOfUri } from "./text-places.ts";

export interface ServerEvents {
  /** What came in is not the protocol. */
  readonly broken: (message: string) => void;
  /** The editor is gone. */
  readonly left: (orderly: boolean) => void;
}

/** Ends with the process: the protocol says when. Gives what is to be done then. */
export function serve(input: Readable, output: Writable, { broken, left }: ServerEvents): () => void {
  const reader = new StreamMessageReader(input);
  reader.onError((error) => broken(error.message));
  let orderly = false;
  reader.onClose(() => left(orderly));
  input.once("end", () => left(orderly));
  const connection = createConnection(reader, new StreamMessageWriter(output));
  const session = openSession({
    publish: (root, uri, findings) =>
      void connection.sendDiagnostics({ uri, diagnostics: findings.map((finding) => toDiagnostic(root, finding)) }),
    failed: (message) => connection.console.error(`bug in VRSky: ${message}`),
  });
  const { heard, check } = checking(session);
  let watches = false;
  let tellsFolders = false;
  connection.onInitialize((params) => {
    const { workspace } = params.capabilities;
    watches = workspace?.didChangeWatchedFiles?.dynamicRegistration === true;
    tellsFolders = workspace?.workspaceFolders === true;
    for (const folder of foldersOf(params)) session.addFolder(folder);
    return capabilities;
  });
  connection.onInitialized(() => {
    // Without it the disk is looked at when something is opened, saved or closed.
    if (watches)
      void connection.client.register(DidChangeWatchedFilesNotification.type, {
        watchers: [{ globPattern: "**/*.{yaml,yml,json,ts,hbs}" }],
      });
    // The library takes these notifications for itself as soon as the editor says that it sends them.
    if (tellsFolders)
      connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
        for (const folder of pathsOf(added)) session.addFolder(folder);
        for (const folder of pathsOf(removed)) session.removeFolder(folder);
        check();
      });
    check();
  });
  connection.onDidChangeWatchedFiles(() => {
    session.refresh();
    check();
  });
  follow(connection, session, check);
  answer(connection, session, heard);
  connection.onShutdown(() => {
    orderly = true;
    session.close();
  });
  connection.listen();
  return session.close;
}

const capabilities: InitializeResult = {
  serverInfo: { name: "vrsky", version: packageJson.version },
  capabilities: {
    textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
    completionProvider: { triggerCharacters: [".", "{", '"', "'", "[", " "] },
    hoverProvider: true,
    definitionProvider: true,
    renameProvider: { prepareProvider: true },
    codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, fixAllKind] },
    documentSymbolProvider: true,
    documentFormattingProvider: true,
    workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
  },
};

function foldersOf({ workspaceFolders, rootUri }: InitializeParams): readonly string[] {
  return pathsOf(workspaceFolders ?? (rootUri == null ? [] : [{ uri: rootUri }]));
}

/** Those that lie on the disk. */
const pathsOf = (folders: readonly { readonly uri: string }[]): readonly string[] =>
  folders.flatMap(({ uri }) => pathOfUri(uri)?.replace(/\/$/, "") ?? []);

/**
 * Edits that have arrived together are checked together, and what is asked behind them is answered first: messages come
 * one per turn, so a turn in which none came says that nobody waits.
 */
function checking(session: Session): Checking {
  let waiting = false;
  let arrived = 0;
  const look = (seen: number): void => {
    setImmediate(() =>
      setImmediate(() => {
        if (arrived !== seen) return look(arrived);
        waiting = false;
        session.check();
      }),
    );
  };
  return {
    heard: () => {
      arrived += 1;
    },
    check: () => {
      arrived += 1;
      if (!waiting) look(arrived);
      waiting = true;
    },
  };
}

interface Checking {
  /** Somebody asked something. */
  readonly heard: () => void;
  /** Something may have changed. */
  readonly check: () => void;
}

function follow(connection: Connection, session: Session, check: () => void): void {
  const documents = new TextDocuments(TextDocument);
  const refresh = (): void => {
    session.refresh();
    check();
  };
  documents.onDidOpen(({ document }) => {
    session.edit(document.uri, document.getText());
    refresh();
  });
  documents.onDidChangeContent(({ document }) => {
    session.edit(document.uri, document.getText());
    check();
  });
  documents.onDidSave(refresh);
  documents.onDidClose(({ document }) => {
    session.edit(document.uri, undefined);
    refresh();
  });
  documents.listen(connection);
}

function answer(connection: Connection, session: Session, heard: () => void): void {
  /** Nothing to say of files that belong to no workspace. */
  const inFile =
    <Params extends { readonly textDocument: { readonly uri: string } }, Answer>(
      reply: (file: OpenFile, params: Params) => Answer | null,
    ) =>
    (params: Params): Answer | null => {
      heard();
      const file = session.file(params.textDocument.uri);
      return file === undefined ? null : reply(file, params);
    };
  connection.onCompletion(inFile((file, params: CompletionParams) => complete(file, params)));
  connection.onDefinition(inFile((file, params: DefinitionParams) => definition(file, params)));
  connection.onPrepareRename(inFile((file, params: PrepareRenameParams) => prepareRename(file, params)));
  connection.onRenameRequest(
    inFile((file, params: RenameParams) => {
      const renamed = rename(file, params);
      if ("refused" in renamed) throw new ResponseError(LSPErrorCodes.RequestFailed, renamed.refused);
      return renamed;
    }),
  );
  connection.onCodeAction(
    inFile((file, params: CodeActionParams) => fixes(file, params, session.findings(params.textDocument.uri))),
  );
  connection.onDocumentFormatting(inFile((file) => formatting(file)));
  connection.onDocumentSymbol(inFile((file) => symbols(file)));
  connection.onHover(inFile((file, params: HoverParams) => hover(file, params)));
}

// What is open in the editor: documents, the workspaces that they belong to, and the findings that were published.

import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { Diagnostic as Finding } from "../../schema/diagnostic.ts";
import { rootAbove } from "./edited-files.ts";
import { pathOfUri, uriOf } from "./text-places.ts";
import { type LspWorkspace, openLspWorkspace } from "./workspace.ts";

/** A file of a workspace. */
export interface OpenFile {
  readonly workspace: LspWorkspace;
  /** Below the workspace, forward slashes. */
  readonly file: string;
  readonly text: string;
}

export interface Session {
  /** Undefined for what belongs to no workspace. */
  file(uri: string): OpenFile | undefined;
  /** No text: it was closed. */
  edit(uri: string, text: string | undefined): void;
  /** The disk changed. */
  refresh(): void;
  /** A folder that the editor shows. */
  addFolder(path: string): void;
  removeFolder(path: string): void;
  /** Checks what changed since the last time and tells the findings of the files where they are others. */
  check(): void;
  /** What was last said of a file. */
  findings(uri: string): readonly Finding[];
  close(): void;
}

export interface SessionEvents {
  readonly publish: (root: string, uri: string, findings: readonly Finding[]) => void;
  /** Something of ours went wrong. */
  readonly failed: (message: string) => void;
}

interface Known {
  readonly workspace: LspWorkspace;
  /** Findings by file as they were told. */
  told: ReadonlyMap<string, readonly Finding[]>;
  stale: boolean;
}

export function openSession({ publish, failed }: SessionEvents): Session {
  const known = new Map<string, Known>();
  const buffers = new Map<string, string>();
  const folders = new Set<string>();

  const open = (root: string): Known => {
    const before = known.get(root);
    if (before !== undefined) return before;
    const workspace = openLspWorkspace(root);
    const made: Known = { workspace, told: new Map(), stale: true };
    known.set(root, made);
    for (const [path, text] of buffers)
      if (rootAbove(dirname(path), isFile) === root) workspace.files.edit(path.slice(root.length + 1), text);
    return made;
  };
  const isFile = (path: string): boolean => buffers.has(path) || existsSync(path);
  const workspaceOf = (path: string): Known | undefined => {
    const root = rootAbove(dirname(path), isFile);
    return root === undefined ? undefined : open(root);
  };
  const end = ({ workspace, told }: Known): void => {
    for (const file of told.keys()) publish(workspace.root, uriOf(workspace.root, file), []);
    workspace.close();
    known.delete(workspace.root);
  };
  const checkOne = (one: Known): void => {
    one.stale = false;
    const { root } = one.workspace;
    try {
      const found = one.workspace.check();
      for (const file of new Set([...one.told.keys(), ...found.keys()])) {
        const now = found.get(file) ?? [];
        if (!sameFindings(one.told.get(file) ?? [], now)) publish(root, uriOf(root, file), now);
      }
      one.told = found;
    } catch (error) {
      // The next edit starts with a compiler of its own.
      failed(error instanceof Error ? error.message : String(error));
      one.workspace.close();
      known.delete(root);
    }
  };

  return {
    file: (uri) => {
      const path = pathOfUri(uri);
      const found = path === undefined ? undefined : workspaceOf(path);
      if (path === undefined || found === undefined) return undefined;
      const file = path.slice(found.workspace.root.length + 1);
      const text = buffers.get(path) ?? found.workspace.text(file);
      return text === undefined ? undefined : { workspace: found.workspace, file, text };
    },
    edit: (uri, text) => {
      const path = pathOfUri(uri);
      if (path === undefined) return;
      if (text === undefined) buffers.delete(path);
      else buffers.set(path, text);
      const found = workspaceOf(path);
      if (found === undefined) return;
      found.workspace.files.edit(path.slice(found.workspace.root.length + 1), text);
      found.stale = true;
    },
    refresh: () => {
      for (const one of known.values()) {
        one.workspace.files.refresh();
        one.stale = true;
        const { root } = one.workspace;
        if (!isFile(`${root}/vrsky.yaml`)) end(one);
      }
      for (const folder of folders) if (isFile(`${folder}/vrsky.yaml`)) open(folder);
      for (const path of buffers.keys()) workspaceOf(path);
    },
    addFolder: (path) => {
      folders.add(path);
      if (isFile(`${path}/vrsky.yaml`)) open(path);
    },
    removeFolder: (path) => {
      folders.delete(path);
      for (const one of [...known.values()]) {
        const { root } = one.workspace;
        const used = [...buffers.keys()].some((buffer) => buffer.startsWith(`${root}/`));
        if (!used && (root === path || root.startsWith(`${path}/`))) end(one);
      }
    },
    check: () => {
      for (const one of [...known.values()]) if (one.stale) checkOne(one);
    },
    findings: (uri) => {
      const path = pathOfUri(uri);
      const found = path === undefined ? undefined : workspaceOf(path);
      return path === undefined ? [] : (found?.told.get(path.slice(found.workspace.root.length + 1)) ?? []);
    },
    close: () => {
      for (const { workspace } of known.values()) workspace.close();
      known.clear();
    },
  };
}

const sameFindings = (a: readonly Finding[], b: readonly Finding[]): boolean =>
  a.length === b.length && JSON.stringify(a) === JSON.stringify(b);

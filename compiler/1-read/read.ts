// read: finds the files of a workspace and reads them as UTF-8 text, in a stable order.

import { codes } from "../../schema/codes.ts";
import type { Diagnostic } from "../../schema/diagnostic.ts";

/** What compile may see of a file system. Paths are joined with `/`. */
export interface FileSystem {
  /** Entries of a folder; undefined when there is none. */
  list(folder: string): readonly { readonly name: string; readonly folder: boolean }[] | undefined;
  read(path: string): Uint8Array | { readonly error: string };
}

export interface SourceFile {
  /** Relative to the workspace, forward slashes. */
  readonly path: string;
  readonly text: string;
}

export interface WorkspaceFiles {
  readonly specs: readonly SourceFile[];
  readonly contracts: readonly SourceFile[];
  readonly diagnostics: readonly Diagnostic[];
}

const start = { line: 1, column: 1 };

/** How bytes become text, and a text a record: handed in by who remembers both. */
export interface Reading {
  readonly text: (bytes: Uint8Array) => string | undefined;
  readonly file: (path: string, text: string) => SourceFile;
}

const plainly: Reading = { text: decode, file: (path, text) => ({ path, text }) };

export function readWorkspace(root: string, files: FileSystem, reading = plainly): WorkspaceFiles {
  const diagnostics: Diagnostic[] = [];
  const top = files.list(root) ?? [];
  if (!top.some((entry) => entry.name === "vrsky.yaml")) {
    diagnostics.push(at("VRS2015", "vrsky.yaml", "The folder has no `vrsky.yaml`.", "Name the folder that holds it."));
    return { specs: [], contracts: [], diagnostics };
  }
  const read = (path: string): SourceFile[] => {
    const bytes = files.read(`${root}/${path}`);
    const text = bytes instanceof Uint8Array ? reading.text(bytes) : undefined;
    if (text !== undefined) return [reading.file(path, text)];
    const why = bytes instanceof Uint8Array ? "is not UTF-8 text" : `cannot be read: ${bytes.error}`;
    diagnostics.push(at("VRS1007", path, `The file ${why}.`, "Save it as UTF-8, readable by you."));
    return [];
  };
  const walk = (folder: string, depth = 0): readonly string[] => {
    if (depth > 8) return [];
    const entries = files.list(`${root}/${folder}`);
    // Left out in silence, what lies in it would look as if somebody had removed it.
    if (entries === undefined && top.some(({ name }) => name === folder.split("/")[0]))
      diagnostics.push(at("VRS1007", folder, "The folder cannot be read.", "Put the folder itself here, no link."));
    return (entries ?? []).flatMap((entry) => {
      if (entry.name.startsWith(".") || entry.name === "node_modules") return [];
      const path = `${folder}/${entry.name}`;
      return entry.folder ? walk(path, depth + 1) : [path];
    });
  };
  const specs = [
    ...top.filter((entry) => !entry.folder && isSpec(entry.name)).map((entry) => entry.name),
    ...walk("tenants").filter(isSpec),
  ];
  const contracts = walk("contracts").filter((path) => /\.(?:json|ya?ml)$/.test(path));
  return { specs: specs.sort().flatMap(read), contracts: contracts.sort().flatMap(read), diagnostics };
}

const isSpec = (path: string): boolean => /\.ya?ml$/.test(path) && !/^secrets\./.test(path.split("/").at(-1) ?? "");

/** Undefined when the bytes are not UTF-8. */
export function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function at(code: "VRS1007" | "VRS2015", file: string, message: string, help: string): Diagnostic {
  return { code, severity: codes[code].severity, file, range: { start, end: start }, message, help };
}

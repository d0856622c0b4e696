// The workspace's named contracts: contracts/<name>@<version>.json or .yaml, each a JSON Schema of the subset.

import { Document, LineCounter, YAMLParseError } from "yaml";
import type { Code } from "../../schema/codes.ts";
import { codes } from "../../schema/codes.ts";
import type { Diagnostic, Range } from "../../schema/diagnostic.ts";
import { isJsonObject, type Json, type JsonSchema } from "../../schema/json.ts";
import type { SourceFile } from "../1-read/read.ts";
import { locate, positionAt, toPlain } from "../2-parse/document.ts";
import { tooLarge } from "../2-parse/expansion.ts";
import { aliasesOf, readYaml } from "../2-parse/yaml.ts";
import { plainJson } from "../contract/plain-json.ts";
import { checkSchema } from "../contract/schema.ts";
import { type Contracts, contractName } from "./contracts.ts";

interface Loaded {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly file: SourceFile;
}

/** What one file holds; nothing when it cannot be read. */
export interface LoadedFile {
  readonly loaded: readonly Loaded[];
  readonly diagnostics: readonly Diagnostic[];
}

interface Read {
  readonly document: Document;
  readonly lines: LineCounter;
}

/** `once` remembers what a file held. */
export function loadContracts(
  files: readonly SourceFile[],
  report: (diagnostic: Diagnostic) => void,
  once: (file: SourceFile, work: () => LoadedFile) => LoadedFile = (_file, work) => work(),
): Contracts {
  const loaded = files.flatMap((file) => {
    const found = once(file, () => loadFile(file));
    found.diagnostics.forEach(report);
    return found.loaded;
  });
  const contracts = new Map(loaded.map(({ name, schema }) => [name, schema]));
  for (const { schema, file } of loaded) {
    const problems = checkSchema(schema, (name) => contracts.get(name));
    if (problems.length === 0) continue;
    const { document, lines } = readDocument(file.text);
    const source = { parsed: file.text, written: file.text, lines };
    for (const problem of problems) {
      const code = problem.missing === undefined ? "VRS2014" : "VRS2010";
      report(says(code, file, locate(document, source, problem.path, "value"), problem));
    }
  }
  return contracts;
}

function loadFile(file: SourceFile): LoadedFile {
  const diagnostics: Diagnostic[] = [];
  const loaded = load(file, (diagnostic) => diagnostics.push(diagnostic));
  return { loaded, diagnostics };
}

function load(file: SourceFile, report: (diagnostic: Diagnostic) => void): readonly Loaded[] {
  const plain = plainJson(file.text);
  const name = contractName(file.path);
  if (isJsonObject(plain) && name !== undefined) return [{ name, schema: plain, file }];
  const { document, lines } = readDocument(file.text);
  const top: Range = { start: { line: 1, column: 1 }, end: { line: 1, column: 2 } };
  const [error] = document.errors;
  if (error !== undefined) {
    const range = { start: positionAt(lines, error.pos[0]), end: positionAt(lines, error.pos[1]) };
    report(
      says("VRS1001", file, range, { message: `The file cannot be read: ${error.message.split("\n")[0] ?? ""}.` }),
    );
    return [];
  }
  if (name === undefined) {
    const help = "Name it `contracts/order@1.json`: name, `@`, version.";
    report(says("VRS2004", file, top, { message: "The file's name is no contract name.", help }));
    return [];
  }
  const aliases = aliasesOf(document, file.text);
  const bomb = tooLarge(document, aliases);
  if (bomb !== undefined) {
    const [start, end] = bomb.node.range ?? [0, 1];
    const range = { start: positionAt(lines, start), end: positionAt(lines, Math.min(end, start + 80)) };
    report(says("VRS1009", file, range, bomb));
    return [];
  }
  const schema = toPlain(document.contents, aliases, { parsed: file.text, written: file.text, lines }) as Json;
  if (!isJsonObject(schema)) {
    const help = 'Start with `{ "type": "object", … }`; the short form lives in specs.';
    report(says("VRS2014", file, top, { message: "The file holds no JSON Schema.", help }));
    return [];
  }
  return [{ name, schema, file }];
}

/** JSON is YAML, so one parser gives positions for both. */
function readDocument(text: string): Read {
  const lines = new LineCounter();
  const [document = new Document(null), another] = readYaml(text, lines);
  if (another !== undefined) {
    const [start = 0] = another.range ?? [];
    document.errors.push(new YAMLParseError([start, start + 1], "MULTIPLE_DOCS", "a contract is one document"));
  }
  return { document, lines };
}

function says(
  code: Code,
  file: SourceFile,
  range: Range,
  said: { readonly message: string; readonly help?: string },
): Diagnostic {
  const { message, help } = said;
  return {
    code,
    severity: codes[code].severity,
    file: file.path,
    range,
    message,
    ...(help === undefined ? {} : { help }),
  };
}

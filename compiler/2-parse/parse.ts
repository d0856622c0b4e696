// parse: a file's text → its Specs. YAML is never pre-processed: what YAML rejects is diagnosed. Only to find what
// else is wrong in the same run, expressions that broke the YAML are masked and the rest is read on.

import { type Document, LineCounter, parseAllDocuments } from "yaml";
import { namePattern } from "../../schema/address.ts";
import { codes } from "../../schema/codes.ts";
import type { Diagnostic } from "../../schema/diagnostic.ts";
import { isJsonObject, type JsonSchema } from "../../schema/json.ts";
import type { SourceFile } from "../1-read/read.ts";
import { locate, position, type Source, toPlain } from "./document.ts";
import { expressionRegions, masked } from "./expressions.ts";
import type { Kind } from "./kinds.ts";
import { kinds } from "./kinds.ts";
import type { Spec } from "./spec.ts";
import {
  breakingRegions,
  brokenByExpression,
  diagnose,
  errorsOf,
  silentTraps,
  yamlError,
  yamlOptions,
} from "./traps.ts";
import { createValidators, type Validators, validate } from "./validate.ts";

export interface Parsed {
  readonly specs: readonly Spec[];
  readonly diagnostics: readonly Diagnostic[];
}

export type ParseFile = (file: SourceFile) => Parsed;

/** A parser for one set of connectors; its schemas are compiled once. */
export function createParser(schemas: Readonly<Record<Kind, JsonSchema>>): ParseFile {
  const validators = createValidators(schemas);
  return (file) => parseFile(file, validators);
}

function parseFile(file: SourceFile, validators: Validators): Parsed {
  const diagnostics: Diagnostic[] = [];
  const { parsed, broken } = readable(file.text);
  const lines = new LineCounter();
  const documents = parseAllDocuments(parsed, { ...yamlOptions, lineCounter: lines });
  for (const region of broken)
    diagnostics.push(diagnose("VRS1002", file.path, lines, region.start, region.end, brokenByExpression));
  const source: Source = { parsed, written: file.text, lines };
  const specs = [...documents].flatMap((document: Document) => {
    for (const error of document.errors) diagnostics.push(yamlError(error, file.path, lines));
    if (document.contents === null) return [];
    diagnostics.push(...silentTraps(document, parsed, file.path, lines));
    const spec = toSpec(document, source, file.path, diagnostics);
    if (spec !== undefined) diagnostics.push(...complaints(spec, validators));
    return spec === undefined ? [] : [spec];
  });
  return { specs, diagnostics };
}

/** The text as YAML can read it: masked when expressions broke it, and those that did. */
function readable(text: string) {
  if (errorsOf(text).length === 0) return { parsed: text, broken: [] };
  const regions = expressionRegions(text);
  const all = masked(text, regions);
  if (regions.length === 0 || errorsOf(all).length >= errorsOf(text).length) return { parsed: text, broken: [] };
  const broken = breakingRegions(text, regions);
  return { parsed: masked(text, broken.length === 0 ? regions : broken), broken };
}

function toSpec(document: Document, source: Source, file: string, diagnostics: Diagnostic[]): Spec | undefined {
  const value = toPlain(document.contents, document, source);
  const keys = isJsonObject(value) ? kinds.filter((kind) => Object.hasOwn(value, kind)) : [];
  const [kind] = keys;
  if (!isJsonObject(value) || kind === undefined || keys.length > 1) {
    const { range } = document.contents ?? {};
    const said = {
      message: keys.length > 1 ? `The document has several kinds: ${keys.join(", ")}.` : "The document has no kind.",
      help: `Give it exactly one of ${kinds.map((each) => `\`${each}:\``).join(" ")}.`,
    };
    diagnostics.push(diagnose("VRS2001", file, source.lines, range?.[0] ?? 0, (range?.[0] ?? 0) + 1, said));
    return undefined;
  }
  const named = value[kind];
  const spec: Spec = {
    kind,
    name: typeof named === "string" ? named : "",
    tenant: /^tenants\/([^/]+)\//.exec(file)?.[1] ?? "default",
    file,
    value,
    locate: (path, part = "value") => locate(document, source, path, part),
    position: (path, offset) => position(document, source, path, offset),
  };
  return spec;
}

function complaints(spec: Spec, validators: Validators): readonly Diagnostic[] {
  const found = validate(validators, spec.kind, spec.value).map(
    (complaint): Diagnostic => ({
      code: complaint.code,
      severity: codes[complaint.code].severity,
      file: spec.file,
      range: spec.locate(complaint.path, complaint.part),
      message: complaint.message,
      ...(complaint.help === undefined ? {} : { help: complaint.help }),
    }),
  );
  const plainName = spec.kind === "connections" || spec.kind === "tests" || new RegExp(namePattern).test(spec.name);
  if (plainName || found.some((diagnostic) => diagnostic.code === "VRS2004")) return found;
  const range = spec.locate([spec.kind]);
  return [
    ...found,
    {
      code: "VRS2004",
      severity: "error",
      file: spec.file,
      range,
      message: `\`${spec.name}\` is not a name.`,
      help: "Names are lower case letters, digits and dashes, and start with a letter.",
    },
  ];
}

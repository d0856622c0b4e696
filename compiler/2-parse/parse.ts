// parse: a file's text → its Specs. YAML is never pre-processed: what YAML rejects is diagnosed. Only to find what
// else is wrong in the same run, expressions that broke the YAML are masked and the rest is read on.

import { type CST, type Document, isScalar, LineCounter } from "yaml";
import { namePattern } from "../../schema/address.ts";
import type { Diagnostic } from "../../schema/diagnostic.ts";
import { isJsonObject } from "../../schema/json.ts";
import type { SourceFile } from "../1-read/read.ts";
import { nearest } from "../nearest.ts";
import { findingAt } from "../value.ts";
import type { Schemas } from "./compose.ts";
import { aliasOn, locate, position, type Source, toPlain } from "./document.ts";
import { tooLarge } from "./expansion.ts";
import { expressionRegions, masked, type Region } from "./expressions.ts";
import type { Kind } from "./kinds.ts";
import { kinds } from "./kinds.ts";
import type { Spec } from "./spec.ts";
import { breakingRegions, brokenRegion, brokenValue, diagnose, silentTraps, yamlError } from "./traps.ts";
import { noName, validate } from "./validate.ts";
import { createValidators, type Validators } from "./validators.ts";
import { type Aliases, aliasesOf, documentsOf, grammarErrors, readYaml, tokensOf } from "./yaml.ts";

export interface Parsed {
  readonly specs: readonly Spec[];
  readonly diagnostics: readonly Diagnostic[];
}

export type ParseFile = (file: SourceFile) => Parsed;

/** A parser for one set of connectors; its schemas are compiled once. */
export function createParser(schemas: Schemas): ParseFile {
  const validators = createValidators(schemas);
  return (file) => parseFile(file, validators);
}

function parseFile(file: SourceFile, validators: Validators): Parsed {
  const { source, documents, diagnostics } = readDocuments(file);
  const specs = documents.flatMap(({ document, aliases }) => {
    const spec = toSpec(document, aliases, source, file.path, diagnostics);
    if (spec !== undefined) diagnostics.push(...complaints(spec, validators));
    return spec === undefined ? [] : [spec];
  });
  return { specs, diagnostics };
}

/** What YAML and its traps make of a file, whatever it says. */
export const yamlFindings = (file: SourceFile, whole: Whole): readonly Diagnostic[] =>
  readDocuments(file, whole).diagnostics;

/** A text as YAML reads it. */
export interface Whole {
  readonly tokens: readonly CST.Token[];
  readonly documents: readonly Document[];
  readonly lines: LineCounter;
}

export function readWhole(text: string): Whole {
  const lines = new LineCounter();
  const tokens = tokensOf(text, lines);
  return { tokens, documents: documentsOf(tokens, text), lines };
}

interface Documents {
  readonly source: Source;
  /** Those that say what the author wrote. */
  readonly documents: readonly { readonly document: Document; readonly aliases: Aliases }[];
  readonly diagnostics: Diagnostic[];
}

function readDocuments(file: SourceFile, whole = readWhole(file.text)): Documents {
  const diagnostics: Diagnostic[] = [];
  const { parsed, broken, documents, lines } = readable(file.text, whole);
  for (const region of broken) diagnostics.push(brokenRegion(file.text, region, file.path, lines));
  const source: Source = { parsed, written: file.text, lines };
  const readOn = documents.flatMap((document) => {
    for (const error of document.errors.slice(0, mostErrors)) {
      diagnostics.push(yamlError(error, parsed, file.path, lines));
    }
    if (isNothing(document.contents)) return [];
    const aliases = aliasesOf(document, parsed);
    const bomb = tooLarge(document, aliases);
    if (bomb !== undefined) {
      const [start, end] = bomb.node.range ?? [0, 1];
      diagnostics.push(diagnose("VRS1009", file.path, lines, start, Math.min(end, start + 80), bomb));
      return [];
    }
    const spoken = new Set(diagnostics.map(({ range }) => range.start.line));
    for (const trap of silentTraps(document, aliases, parsed, file.path, lines)) {
      // A line that YAML rejects has its finding; what else stands there may not be what it seems.
      if (!spoken.has(trap.range.start.line)) diagnostics.push(trap);
    }
    // What stands there is no longer what the author wrote.
    if (document.errors.some(({ code }) => code !== "DUPLICATE_KEY" && code !== "BAD_ALIAS")) return [];
    return [{ document, aliases }];
  });
  return { source, documents: readOn, diagnostics };
}

/** Of a document; what comes after so many mistakes of YAML is made by them. */
const mostErrors = 20;

/** Nothing stands between two `---`, or nothing but a comment. */
const isNothing = (contents: unknown): boolean =>
  contents === null || (isScalar(contents) && contents.value === null && contents.source === "");

interface Readable {
  readonly parsed: string;
  /** The expressions that broke the YAML. */
  readonly broken: readonly Region[];
  readonly documents: readonly Document[];
  readonly lines: LineCounter;
}

/** The text as YAML can read it: masked when expressions broke it. Nearly every text is read just once. */
function readable(text: string, { documents, lines }: Whole): Readable {
  const whole = { parsed: text, broken: [], documents, lines };
  const errors = whole.documents.flatMap((document) => document.errors);
  if (errors.length === 0) return whole;
  const regions = expressionRegions(text);
  const values = brokenValues(text, regions);
  const outside = regions.filter(({ start }) => !values.some((value) => value.start <= start && start < value.end));
  const all = inOrder([...outside, ...values]);
  if (all.length === 0 || grammarErrors(masked(text, all)).length >= errors.length) return whole;
  const broken = inOrder([...values, ...breakingRegions(masked(text, values), outside)]);
  const parsed = masked(text, broken.length === 0 ? all : broken);
  return { parsed, broken, documents: readYaml(parsed), lines };
}

/** Values that stay broken when every expression is masked, found one after the other. */
function brokenValues(text: string, regions: readonly Region[]): readonly Region[] {
  const found: Region[] = [];
  for (let round = 0; round < mostBrokenValues; round += 1) {
    const errors = grammarErrors(masked(masked(text, regions), inOrder(found)));
    const next = errors.map((error) => brokenValue(text, error)).find((region) => region !== undefined);
    if (next === undefined || found.some(({ start }) => start === next.start)) return found;
    found.push(next);
  }
  return found;
}

const mostBrokenValues = 20;

const inOrder = (regions: readonly Region[]): readonly Region[] => [...regions].sort((a, b) => a.start - b.start);

function toSpec(
  document: Document,
  aliases: Aliases,
  source: Source,
  file: string,
  diagnostics: Diagnostic[],
): Spec | undefined {
  const value = toPlain(document.contents, aliases, source);
  const keys = isJsonObject(value) ? kinds.filter((kind) => Object.hasOwn(value, kind)) : [];
  const [kind] = keys;
  if (!isJsonObject(value) || kind === undefined || keys.length > 1) {
    diagnostics.push(unknownKind(document, value, keys, source, file));
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
    alias: (path) => aliasOn(document, source, path),
    position: (path, offset) => position(document, source, path, offset),
  };
  return spec;
}

function unknownKind(
  document: Document,
  value: unknown,
  keys: readonly Kind[],
  source: Source,
  file: string,
): Diagnostic {
  const given = isJsonObject(value) ? Object.keys(value) : [];
  const misspelt = keys.length > 1 ? undefined : given.find((key) => nearest(key, kinds) !== undefined);
  const place = keys[1] ?? misspelt;
  const range = locate(document, source, place === undefined ? [] : [place], "key");
  const one = `Give it exactly one of ${kinds.map((each) => `\`${each}:\``).join(" ")}.`;
  return {
    code: "VRS2001",
    severity: "error",
    file,
    range: place === undefined ? { start: range.start, end: range.start } : range,
    message: keys.length > 1 ? `The document has several kinds: ${keys.join(", ")}.` : "The document has no kind.",
    help: misspelt === undefined ? one : `Did you mean \`${nearest(misspelt, kinds)}\`?`,
  };
}

function complaints(spec: Spec, validators: Validators): readonly Diagnostic[] {
  const found = validate(validators, spec.kind, spec.value).map((complaint) =>
    findingAt(complaint.code, { spec, path: complaint.path }, complaint, complaint.part),
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
      ...noName(spec.name),
    },
  ];
}

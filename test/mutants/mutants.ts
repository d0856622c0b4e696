// The mutants of a workspace: each is one file with one change in it, at a known place. Expressions are changed where
// they stand, with the offsets that the compiler reports by; steps, arms and targets are changed in the parsed document.

import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, type Scalar, visit } from "yaml";
import { scalarOffsets } from "../../compiler/2-parse/offsets.ts";
import { readYaml } from "../../compiler/2-parse/yaml.ts";
import { type Expression, parseTemplate } from "../../compiler/expression/template.ts";
import { applied, type Change, changesOf, type Siblings, short } from "./expression.ts";
import { rebuilt } from "./structure.ts";

export interface Mutant {
  readonly file: string;
  readonly line: number;
  /** Of the integration or the fragment. */
  readonly unit: string;
  readonly what: string;
  /** The whole file. */
  readonly text: string;
}

export function mutantsOf(file: string, text: string, siblings: Siblings): readonly Mutant[] {
  const lines = new LineCounter();
  const documents = readYaml(text, lines);
  const lineAt = (node: Node | null | undefined): number => lines.linePos(node?.range?.[0] ?? 0).line;
  return documents.flatMap((document, index) => {
    const unit = unitOf(document);
    if (unit === undefined) return [];
    const inText = scalarsOf(document).flatMap(({ scalar, path }) =>
      scalarChanges(text, scalar, path, siblings).map(({ what, at, text: changed }) => {
        return { file, line: lines.linePos(at).line, unit, what, text: changed };
      }),
    );
    const inShape = rebuilt(document).map(({ what, node, change }) => {
      const again = readYaml(text);
      change(again[index] ?? document);
      return { file, line: lineAt(node), unit, what, text: again.map(written).join("---\n") };
    });
    return [...inText, ...inShape];
  });
}

const written = (document: Document): string => document.toString({ lineWidth: 0, directives: false });

/** Only these run. */
function unitOf({ contents }: Document): string | undefined {
  if (!isMap(contents)) return undefined;
  const name = contents.get("integration") ?? contents.get("fragment");
  return typeof name === "string" ? name : undefined;
}

interface Place {
  readonly scalar: Scalar;
  /** Keys from the document down. */
  readonly path: readonly string[];
}

/** Values, not keys. */
function scalarsOf(document: Document): readonly Place[] {
  const found: Place[] = [];
  visit(document, {
    Scalar: (key, scalar, ancestors) => {
      if (key === "key") return;
      const path = ancestors.flatMap((each) => ("key" in each && isScalar(each.key) ? [String(each.key.value)] : []));
      found.push({ scalar, path });
    },
  });
  return found;
}

interface Changed {
  readonly what: string;
  readonly at: number;
  readonly text: string;
}

function scalarChanges(file: string, scalar: Scalar, path: readonly string[], siblings: Siblings): readonly Changed[] {
  const { value, range, type } = scalar;
  if (range == null) return [];
  if (typeof value !== "string") return isMade(path) ? constantChanges(file, scalar, value) : [];
  const offsets = scalarOffsets(file, range[0], range[1], type, value);
  const raw = (offset: number): number => offsets[offset] ?? range[1];
  const put = (edits: Change["edits"], offset: number, what: string): Changed => {
    const inFile = edits.map(({ start, end, text }) => ({
      start: raw(offset + start),
      end: raw(offset + end),
      text: escaped(text, type),
    }));
    return { what, at: inFile[0]?.start ?? range[0], text: applied(file, inFile) };
  };
  const { template } = parseTemplate(value);
  if (template.kind === "constant") {
    const what = `${short(template.value)} → ${short(`${template.value}~`)}`;
    return isMade(path) ? [put([{ start: 0, end: 0, text: "~" }], 0, what)] : [];
  }
  const parts = template.kind === "expression" ? [template.expression] : template.parts;
  const expressions = parts.filter((part): part is Expression => typeof part !== "string");
  const condition = ["filter", "when"].includes(path.at(-1) ?? "");
  const inside = expressions.flatMap(({ source, offset, node }) =>
    changesOf(source, node, { siblings, condition }).map(({ what, edits }) => put(edits, offset, what)),
  );
  return [
    ...inside,
    ...besides(value, expressions).map((at) => put([{ start: at, end: at, text: "~" }], 0, "text + ~")),
  ];
}

/** Where the text between the expressions begins. */
function besides(value: string, expressions: readonly Expression[]): readonly number[] {
  const ends = [0, ...expressions.map(({ source, offset }) => offset + source.length + 1)];
  const starts = [...expressions.map(({ offset }) => offset - 2), value.length];
  return ends.filter((end, index) => value.slice(end, starts[index]).trim() !== "");
}

/** Constants there become part of a message; elsewhere they are addresses, sizes and times. */
const isMade = (path: readonly string[]): boolean =>
  path.some((key) => ["map", "with", "json", "text", "form", "reply"].includes(key)) && !path.includes("template");

function constantChanges(file: string, { range }: Scalar, value: unknown): readonly Changed[] {
  if (range == null || (typeof value !== "number" && typeof value !== "boolean")) return [];
  const other = typeof value === "number" ? String(value + 1) : String(!value);
  const text = applied(file, [{ start: range[0], end: range[1], text: other }]);
  return [{ what: `${String(value)} → ${other}`, at: range[0], text }];
}

function escaped(text: string, type: Scalar["type"]): string {
  if (type === "QUOTE_DOUBLE") return JSON.stringify(text).slice(1, -1);
  return type === "QUOTE_SINGLE" ? text.replaceAll("'", "''") : text;
}

/** Below these stand the fields of messages, each beside those that it may be taken for. */
const fieldsBelow: ReadonlySet<string> = new Set(["contract", "validate", "map", "properties", "params", "settings"]);

/** Fields that stand beside each other anywhere in the workspace: in contracts, maps and settings. */
export function siblingsIn(documents: readonly (Node | null)[]): Siblings {
  const beside = new Map<string, Set<string>>();
  const join = (names: readonly string[]): void => {
    for (const name of names) {
      const others = beside.get(name) ?? new Set();
      for (const other of names) if (other !== name) others.add(other);
      beside.set(name, others);
    }
  };
  join(["id", "source", "receivedAt"]);
  const see = (node: unknown, fields: boolean): void => {
    if (isSeq(node)) for (const item of node.items) see(item, fields);
    if (!isMap(node) || node.has("tests")) return;
    const named = node.items.map(({ key, value }) => ({ name: isScalar(key) ? String(key.value) : "", value }));
    if (fields) join(named.map(({ name }) => name.replace(/\?$/, "")).filter(isName));
    const schema = node.has("properties");
    for (const { name, value } of named) see(value, fieldsBelow.has(name) || (fields && !schema));
  };
  for (const document of documents) see(document, false);
  return (name) => [...(beside.get(name) ?? [])];
}

const isName = (name: string): boolean => /^[A-Za-z_]\w*$/.test(name);

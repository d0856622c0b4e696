// Writes what happened into the documents of cases. Only the expectation's own characters change: comments, order and
// style of everything else stay as the author has them.

import { type Document, isMap, isPair, isScalar, isSeq, parseAllDocuments, stringify, type YAMLMap } from "yaml";
import type { Spec } from "../../compiler/2-parse/spec.ts";
import { format } from "../../compiler/format/format.ts";
import type { JsonObject } from "../../schema/json.ts";
import { objectIn } from "./case.ts";
import type { CaseResult } from "./run-cases.ts";

/** What the case would expect, in the form that it has. */
export function updatedExpectation({ test, actual, fresh }: CaseResult): JsonObject {
  if (test.expect === undefined) return fresh;
  const unlooked = Object.entries(objectIn(test.expect.targets)).filter(([, form]) => form === "any");
  if (unlooked.length === 0) return actual;
  return { ...actual, targets: { ...objectIn(actual.targets), ...Object.fromEntries(unlooked) } };
}

export interface Change {
  readonly spec: Pick<Spec, "name" | "locate">;
  /** Of the case in its document. */
  readonly index: number;
  readonly expect: JsonObject;
}

/** The file's text with these expectations; undefined when one of them cannot be put there by machine. */
export function withExpectations(text: string, changes: readonly Change[]): string | undefined {
  const edits = changes.map((change) => editFor(text, change));
  if (edits.some((edit) => edit === undefined)) return undefined;
  let changed = text;
  for (const { from, to, insert } of edits.flatMap((edit) => edit ?? []).sort((a, b) => b.from - a.from)) {
    changed = changed.slice(0, from) + insert + changed.slice(to);
  }
  const readable = parseAllDocuments(changed).every((each) => !("errors" in each) || each.errors.length === 0);
  return readable ? inStyle(text, changed) : undefined;
}

/** What was as `vrsky fmt` writes it stays so; nobody else's layout is touched. */
function inStyle(before: string, changed: string): string {
  const formatted = (text: string): string => {
    const result = format(text);
    return "text" in result ? result.text : text;
  };
  return formatted(before) === before ? formatted(changed) : changed;
}

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly insert: string;
}

function editFor(text: string, { spec, index, expect }: Change): Edit | undefined {
  const found = caseIn(text, spec, index);
  if (found === undefined) return undefined;
  const { map, flow, column } = found;
  const last = map.items.at(-1);
  const known = map.items.find((pair) => isPair(pair) && isScalar(pair.key) && pair.key.value === "expect");
  const written = flow ? flowText(expect) : blockText(expect, column);
  const place = known ?? last;
  if (place === undefined || !isScalar(place.key) || place.key.range == null) return undefined;
  const end = endOf(text, place.value) ?? place.key.range[1];
  if (known !== undefined) return { from: place.key.range[0], to: end, insert: written };
  return { from: end, to: end, insert: flow ? `, ${written}` : `\n${" ".repeat(column)}${written}` };
}

/** Behind the last character of a value that is not white space. */
function endOf(text: string, node: unknown): number | undefined {
  if (typeof node !== "object" || node === null || !("range" in node) || !Array.isArray(node.range)) return undefined;
  const [start, end] = node.range.map(Number);
  if (start === undefined || end === undefined) return undefined;
  if (isMap(node) || isSeq(node)) {
    const last: unknown = node.items.at(-1);
    if (node.flow !== true && last !== undefined) return endOf(text, isPair(last) ? (last.value ?? last.key) : last);
  }
  return start + text.slice(start, end).trimEnd().length;
}

interface Found {
  readonly map: YAMLMap;
  /** It, or what is around it, is written in brackets. */
  readonly flow: boolean;
  /** Of its keys, from 0. */
  readonly column: number;
}

function caseIn(text: string, { name, locate }: Change["spec"], index: number): Found | undefined {
  const line = locate(["tests"]).start.line;
  for (const document of parseAllDocuments(text)) {
    if (!("contents" in document) || !isMap(document.contents)) continue;
    const range = document.contents.range;
    if (document.get("tests") !== name || range == null || !contains(document, text, line)) continue;
    const cases = document.get("cases", true);
    const map: unknown = isSeq(cases) ? cases.items[index] : undefined;
    if (!isMap(map)) return undefined;
    const [first] = map.items;
    const start = isPair(first) && isScalar(first.key) ? (first.key.range?.[0] ?? 0) : 0;
    const flow = map.flow === true || (isSeq(cases) && cases.flow === true) || document.contents.flow === true;
    return { map, flow, column: start - (text.lastIndexOf("\n", start - 1) + 1) };
  }
  return undefined;
}

/** The key `tests` stands in that line. */
function contains(document: Document.Parsed | Document, text: string, line: number): boolean {
  const pair = isMap(document.contents)
    ? document.contents.items.find((each) => isScalar(each.key) && each.key.value === "tests")
    : undefined;
  const range = pair !== undefined && isScalar(pair.value) ? pair.value.range : undefined;
  return range != null && text.slice(0, range[0]).split("\n").length === line;
}

const widest = 100;

const flowText = (expect: JsonObject): string =>
  `expect: ${stringify(expect, { collectionStyle: "flow", lineWidth: 0, flowCollectionPadding: true }).trimEnd()}`;

/** On one line where it is short. */
function blockText(expect: JsonObject, column: number): string {
  const line = flowText(expect);
  if (line.length + column <= widest && !line.includes("\n")) return line;
  const block = stringify({ expect }, { lineWidth: 0 }).trimEnd();
  return block.replaceAll("\n", `\n${" ".repeat(column)}`);
}

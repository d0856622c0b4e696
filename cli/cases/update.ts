// Writes what happened into the documents of cases. Only the expectation's own characters change: comments, order and
// style of everything else stay as the author has them.

import { isDeepStrictEqual } from "node:util";
import { type Document, isMap, isPair, isScalar, isSeq, stringify, type YAMLMap } from "yaml";
import type { Spec } from "../../compiler/2-parse/spec.ts";
import { readYaml } from "../../compiler/2-parse/yaml.ts";
import { format } from "../../compiler/format/format.ts";
import { comments } from "../../compiler/format/same.ts";
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
  readonly spec: Pick<Spec, "locate">;
  /** Of the case in its document. */
  readonly index: number;
  readonly expect: JsonObject;
}

/** The file's text with these expectations; undefined when one of them cannot be put there by machine. */
export function withExpectations(text: string, changes: readonly Change[]): string | undefined {
  const documents = readYaml(text);
  const edits = changes.map((change) => editFor(text, documents, change));
  if (edits.some((edit) => edit === undefined)) return undefined;
  const ending = /\r?\n/.exec(text)?.[0] ?? "\n";
  let changed = text;
  for (const { from, to, insert } of edits.flatMap((edit) => edit ?? []).sort((a, b) => b.from - a.from)) {
    changed = changed.slice(0, from) + insert.replaceAll("\n", ending) + changed.slice(to);
  }
  return restIsTheSame(text, documents, changed, changes) ? inStyle(text, changed) : undefined;
}

/** An edit that moved a comment, or took an anchor that is used elsewhere, would be found when it is too late. */
function restIsTheSame(
  before: string,
  documents: readonly Document[],
  changed: string,
  changes: readonly Change[],
): boolean {
  const wanted: unknown[] = documents.map((document) => document.toJS());
  for (const { spec, index, expect } of changes) {
    const document = wanted[documentOf(before, documents, spec)];
    const one = isRecord(document) && Array.isArray(document.cases) ? document.cases[index] : undefined;
    if (!isRecord(one)) return false;
    one.expect = expect;
  }
  try {
    const is = readYaml(changed);
    const readable = is.every(({ errors }) => errors.length === 0);
    return (
      readable &&
      isDeepStrictEqual(
        is.map((document) => document.toJS()),
        wanted,
      ) &&
      isDeepStrictEqual(comments(changed), comments(before))
    );
  } catch {
    return false;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

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

function editFor(text: string, documents: readonly Document[], { spec, index, expect }: Change): Edit | undefined {
  const found = caseIn(text, documents, spec, index);
  if (found === undefined) return undefined;
  const { map, flow, column } = found;
  const last = map.items.at(-1);
  const known = map.items.find((pair) => isPair(pair) && isScalar(pair.key) && pair.key.value === "expect");
  const written = flow ? flowText(expect) : blockText(expect, column);
  const place = known ?? last;
  if (place === undefined || !isScalar(place.key) || place.key.range == null) return undefined;
  const [begin, end] = lastOf(place.value) ?? place.key.range;
  const to = begin + text.slice(begin, end).trimEnd().length;
  if (known !== undefined) return replacing(text, { from: place.key.range[0], to, insert: written }, column, flow);
  if (flow) return { from: to, to, insert: `, ${written}` };
  // Behind the comment of that line, and behind the lines that a `|+` keeps.
  const at = lineEnd(text, end);
  const margin = " ".repeat(column);
  const begun = at === 0 || text[at - 1] === "\n";
  return { from: at, to: at, insert: begun ? `${margin}${written}\n` : `\n${margin}${written}` };
}

/** A comment in or behind what goes stands above what comes: in a block there is no other place that is sure. */
function replacing(text: string, edit: Edit, column: number, flow: boolean): Edit {
  const behind = edit.insert.includes("\n") ? lineEnd(text, edit.to) : edit.to;
  const above = flow ? [] : comments(`${" ".repeat(column)}${text.slice(edit.from, behind)}`);
  if (above.length === 0) return edit;
  const lines = above.map((comment) => `${comment}\n${" ".repeat(column)}`);
  return { from: edit.from, to: behind, insert: lines.join("") + edit.insert };
}

/** Of a place that is at the beginning of a line already: that place. */
function lineEnd(text: string, from: number): number {
  if (text[from - 1] === "\n") return from;
  const at = text.indexOf("\n", from);
  if (at < 0) return text.length;
  return text[at - 1] === "\r" ? at - 1 : at;
}

/** Where the last of a value's scalars, or its brackets, begin and end; a `|` ends with its last line's end. */
function lastOf(node: unknown): readonly [number, number] | undefined {
  if (typeof node !== "object" || node === null || !("range" in node) || !Array.isArray(node.range)) return undefined;
  const [start, end] = node.range.map(Number);
  if (start === undefined || end === undefined) return undefined;
  if (isMap(node) || isSeq(node)) {
    const last: unknown = node.items.at(-1);
    if (node.flow !== true && last !== undefined) return lastOf(isPair(last) ? (last.value ?? last.key) : last);
  }
  return [start, end];
}

interface Found {
  readonly map: YAMLMap;
  /** It, or what is around it, is written in brackets. */
  readonly flow: boolean;
  /** Of its keys, from 0. */
  readonly column: number;
}

function caseIn(text: string, documents: readonly Document[], spec: Change["spec"], index: number): Found | undefined {
  const document = documents[documentOf(text, documents, spec)];
  const cases = isMap(document?.contents) ? document.contents.get("cases", true) : undefined;
  const map: unknown = isSeq(cases) ? cases.items[index] : undefined;
  if (!isMap(map)) return undefined;
  const [first] = map.items;
  const start = isPair(first) && isScalar(first.key) ? (first.key.range?.[0] ?? 0) : 0;
  const flow = [map, cases, document?.contents].some((node) => (isMap(node) || isSeq(node)) && node.flow === true);
  return { map, flow, column: start - (text.lastIndexOf("\n", start - 1) + 1) };
}

/** Which of the file's documents it is: the one whose key `tests` stands in that line. */
function documentOf(text: string, documents: readonly Document[], { locate }: Change["spec"]): number {
  const { line } = locate(["tests"]).start;
  return documents.findIndex(({ contents }) => {
    const pair = isMap(contents) ? contents.items.find(({ key }) => isScalar(key) && key.value === "tests") : undefined;
    const range = isScalar(pair?.value) ? pair.value.range : undefined;
    return range != null && text.slice(0, range[0]).split("\n").length === line;
  });
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

// Hover: the type of what stands in an expression, what a function does, what a key of the language is for.

import { type Hover, type HoverParams, MarkupKind } from "vscode-languageserver";
import { kinds } from "../../compiler/2-parse/kinds.ts";
import { printShort } from "../../compiler/contract/print-short.ts";
import { type Explained, explainIn } from "../../compiler/explain.ts";
import { prettyType } from "../pretty-type.ts";
import { docOf, rootDoc } from "./docs.ts";
import { type Cursor, expressionAt } from "./expression.ts";
import { nameAt } from "./names-at.ts";
import { unquoted } from "./outline.ts";
import { kindOf, yamlPlace } from "./place.ts";
import { describedIn, schemasAt } from "./schema-walk.ts";
import type { OpenFile } from "./session.ts";
import { specSchemaOf } from "./spec-schema.ts";
import { offsetOf, positionOf, rangeOf, toOwnPosition } from "./text-places.ts";

export function hover(open: OpenFile, { position }: Pick<HoverParams, "position">): Hover | null {
  const offset = offsetOf(open.text, position);
  const cursor = expressionAt(open.text, offset);
  return cursor === undefined ? hoverYaml(open, offset) : hoverExpression(open, cursor);
}

function hoverExpression(open: OpenFile, cursor: Cursor): Hover | null {
  const { start, end } = cursor.word;
  const name = open.text.slice(start, end);
  if (name === "") return null;
  const found = explainedAt(open, start);
  const doc =
    found === undefined || isCalled(found) ? docOf(name) : isField(open.text, cursor) ? undefined : rootDoc(name);
  const parts = [found === undefined ? undefined : shownType(found), doc].filter((part) => part !== undefined);
  if (parts.length === 0) return null;
  return { contents: { kind: MarkupKind.Markdown, value: parts.join("\n\n") }, range: rangeOf(open.text, start, end) };
}

type Typed = Extract<Explained, { readonly kind: "expression" }>;

const isCalled = ({ type }: Typed): boolean => type.includes("=>");

/** `body.date`, `{ date: … }`: the author's own, whatever else has that name. */
const isField = (text: string, { start, word, dot }: Cursor): boolean =>
  dot !== undefined || (/[{,]\s*$/.test(text.slice(start, word.start)) && /^\s*:/.test(text.slice(word.end)));

/** A key is what the language says of it, a contract what it holds. */
function hoverYaml(open: OpenFile, offset: number): Hover | null {
  const { text, workspace, file } = open;
  const place = yamlPlace(text, offset);
  if (place === undefined || place.start === place.end) return null;
  const { document, path, at, start, end } = place;
  const said = (value: string, from = start, to = end): Hover => ({
    contents: { kind: MarkupKind.Markdown, value },
    range: rangeOf(text, from, to),
  });
  const name = at === "key" ? undefined : nameAt(text, offset);
  if (name?.kind === "contract") {
    const schema = workspace.look().contracts.get(name.name);
    if (schema === undefined) return null;
    return said(`\`\`\`yaml\n${name.name}: ${prettyType(printShort(schema))}\n\`\`\``, name.start, name.end);
  }
  if (at !== "key" || !/\.ya?ml$/.test(file) || file.startsWith("contracts/")) return null;
  const whole = [...path, unquoted(text.slice(start, end))];
  const doc = describedIn(schemasAt(specSchemaOf(open), kindOf(document, kinds), whole));
  return doc === undefined ? null : said(doc);
}

/** As `vrsky explain file:line:column` says it. */
function explainedAt({ workspace, file, text }: OpenFile, offset: number): Typed | undefined {
  const place = toOwnPosition(positionOf(text, offset));
  const explained = explainIn(workspace.look(), workspace.checker, file, place);
  return explained?.kind === "expression" ? explained : undefined;
}

/** What a function of the language takes, its own words say better. */
function shownType(found: Typed): string | undefined {
  const { text, type } = found;
  return /^[\w$]+$/.test(text) && docOf(text) !== undefined && isCalled(found)
    ? undefined
    : `\`\`\`ts\n${text}: ${prettyType(type)}\n\`\`\``;
}

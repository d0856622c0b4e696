// Hover: the type of what stands in an expression, what a function does, what a key of the language is for.

import { type Hover, type HoverParams, MarkupKind } from "vscode-languageserver";
import { kinds } from "../../compiler/2-parse/kinds.ts";
import { printShort } from "../../compiler/contract/print-short.ts";
import { type Explained, explainIn } from "../../compiler/explain.ts";
import { prettyType } from "../pretty-type.ts";
import { docOf } from "./docs.ts";
import { type Cursor, expressionAt } from "./expression.ts";
import { nameAt } from "./names-at.ts";
import { kindOf, unquoted, yamlPlace } from "./place.ts";
import { describedIn, schemasAt } from "./schema-walk.ts";
import type { OpenFile } from "./session.ts";
import { specSchemaOf } from "./spec-schema.ts";
import { offsetOf, positionOf, rangeOf, toOwnPosition } from "./text-places.ts";

export function hover(open: OpenFile, { position }: Pick<HoverParams, "position">): Hover | null {
  const offset = offsetOf(open.text, position);
  const cursor = expressionAt(open.text, offset);
  return cursor === undefined ? hoverYaml(open, offset) : hoverExpression(open, cursor);
}

function hoverExpression(open: OpenFile, { word }: Cursor): Hover | null {
  const name = open.text.slice(word.start, word.end);
  if (name === "") return null;
  const doc = docOf(name);
  const typed = typeAt(open, word.start);
  const parts = [...(typed === undefined ? [] : [typed]), ...(doc === undefined ? [] : [doc])];
  if (parts.length === 0) return null;
  return {
    contents: { kind: MarkupKind.Markdown, value: parts.join("\n\n") },
    range: rangeOf(open.text, word.start, word.end),
  };
}

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
function typeAt({ workspace, file, text }: OpenFile, offset: number): string | undefined {
  const place = toOwnPosition(positionOf(text, offset));
  const explained = explainIn(workspace.look(), workspace.checker, file, place);
  return explained?.kind === "expression" ? shownType(explained) : undefined;
}

function shownType({ text, type }: Extract<Explained, { readonly kind: "expression" }>): string | undefined {
  return /^[\w$]+$/.test(text) && docOf(text) !== undefined && type.includes("=>")
    ? undefined
    : `\`\`\`ts\n${text}: ${prettyType(type)}\n\`\`\``;
}

// Hover: the type of what stands in an expression, what a function does, what a key of the language is for.

import { type Hover, type HoverParams, MarkupKind } from "vscode-languageserver";
import { type Explained, explainIn } from "../../compiler/explain.ts";
import { prettyType } from "../pretty-type.ts";
import { docOf } from "./docs.ts";
import { expressionAt } from "./expression.ts";
import type { OpenFile } from "./session.ts";
import { offsetOf, positionOf, rangeOf, toOwnPosition } from "./text-places.ts";

export function hover(open: OpenFile, { position }: Pick<HoverParams, "position">): Hover | null {
  const offset = offsetOf(open.text, position);
  const cursor = expressionAt(open.text, offset);
  if (cursor === undefined) return null;
  const { word } = cursor;
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

// Completion inside `${ … }`: members with their types, texts of literal types, names that the place knows, functions
// and methods with what they do.

import { type CompletionItem, CompletionItemKind, InsertTextFormat, MarkupKind } from "vscode-languageserver";
import type { Offer } from "../../compiler/4-check/type-checker.ts";
import { mark, type Offered, offersAt } from "../../compiler/offer.ts";
import { docOf } from "./docs.ts";
import { type Cursor, healed, marked, parametersIn } from "./expression.ts";
import type { OpenFile } from "./session.ts";
import { rangeOf } from "./text-places.ts";

export function completeExpression(open: OpenFile, offset: number, cursor: Cursor): readonly CompletionItem[] {
  const offered = offersFor(open, offset, cursor);
  return (offered?.offers ?? []).map((offer, index) =>
    toItem(offer, offered?.kind ?? "names", index, open.text, cursor),
  );
}

/** Each try costs a look at one document. */
function offersFor({ workspace, file, text }: OpenFile, offset: number, cursor: Cursor): Offered | undefined {
  const parameters = parametersIn(text, cursor);
  for (const tried of marked(text, cursor)) {
    // What is broken elsewhere in the file may hide this document.
    const readable = healed(tried, offset);
    const offered = offersAt(workspace.lookWith(file, readable), workspace.checker, file, parameters);
    if (offered !== undefined && (offered.offers.length > 0 || offered.kind === "names")) return offered;
  }
  return undefined;
}

function toItem(offer: Offer, kind: Offered["kind"], index: number, text: string, cursor: Cursor): CompletionItem {
  const { name, type, insert, method } = offer;
  const doc = method || kind === "names" ? docOf(name) : undefined;
  // `?.name` and `["x-y"]` stand instead of the dot.
  const replaces = insert !== undefined && cursor.dot !== undefined && /^(?:\?\.|\[)/.test(insert);
  const start = replaces ? (cursor.dot ?? cursor.word.start) : cursor.word.start;
  const put = replaces ? inQuotesOf(insert, text, cursor) : name;
  return {
    label: name,
    kind: kindOf(offer, kind),
    sortText: `${method && kind === "names" ? "b" : "a"}${String(index).padStart(4, "0")}`,
    filterText: replaces ? `${text.slice(start, cursor.word.start)}${name}` : name,
    textEdit: { range: rangeOf(text, start, cursor.word.end), newText: method ? `${put}(\${1})` : put },
    ...(method ? { insertTextFormat: InsertTextFormat.Snippet } : {}),
    ...(type === undefined ? {} : { detail: method ? `${name}${type}` : type }),
    ...(doc === undefined ? {} : { documentation: { kind: MarkupKind.Markdown, value: doc } }),
  };
}

/** Inside double quotes of YAML the key takes single ones. */
function inQuotesOf(insert: string, text: string, { start }: Cursor): string {
  const line = text.slice(text.lastIndexOf("\n", start) + 1, start);
  return /"[^"]*$/.test(line) ? insert.replaceAll('"', "'") : insert;
}

function kindOf({ name, method }: Offer, kind: Offered["kind"]): CompletionItemKind {
  if (kind === "texts") return CompletionItemKind.EnumMember;
  if (kind === "names") return method ? CompletionItemKind.Function : CompletionItemKind.Variable;
  return method ? CompletionItemKind.Method : name === mark ? CompletionItemKind.Text : CompletionItemKind.Field;
}

// Completion in the YAML around expressions: keys of the language and settings of connectors, values that can be
// listed, names that the workspace declares, and whole steps and documents.

import {
  type CompletionItem,
  CompletionItemKind,
  InsertTextFormat,
  InsertTextMode,
  MarkupKind,
} from "vscode-languageserver";
import { stringify } from "yaml";
import { kinds } from "../../compiler/2-parse/kinds.ts";
import { isJsonObject, type Json, type JsonObject } from "../../schema/json.ts";
import type { Path } from "./outline.ts";
import { keysAt, kindOf, type YamlPlace, yamlPlace } from "./place.ts";
import { describedIn, keysOf, schemasAt, valuesOf } from "./schema-walk.ts";
import type { OpenFile } from "./session.ts";
import { specSchemaOf } from "./spec-schema.ts";
import { rangeOf } from "./text-places.ts";

export function completeYaml(open: OpenFile, offset: number): readonly CompletionItem[] {
  const { text, file } = open;
  if (!/\.ya?ml$/.test(file)) return [];
  const place = yamlPlace(text, offset);
  if (place === undefined || isComment(text, offset)) return [];
  const schema = specSchemaOf(open);
  const kind = kindOf(place.document, kinds);
  const parts = file.startsWith("contracts/") ? [schema] : schemasAt(schema, kind, place.path);
  return [
    ...(place.at === "value" ? [] : keyItems(parts, schema, place, text)),
    ...(place.at === "key" ? [] : valueItems(parts, place, text)),
    ...(place.at === "either" ? snippetItems(parts, place, text) : []),
  ];
}

const isComment = (text: string, offset: number): boolean =>
  /(?:^|\s)#[^\n]*$/.test(text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset));

function keyItems(
  parts: readonly JsonObject[],
  schema: JsonObject,
  { document, path, start, end }: YamlPlace,
  text: string,
): readonly CompletionItem[] {
  const own = document.keys.find((key) => key.start === start && key.end === end);
  const there = new Set(keysAt(document, path));
  if (own !== undefined) there.delete(String(own.path.at(-1)));
  return [...keysOf(parts, schema)].flatMap(([key, member], index) => {
    if (there.has(key)) return [];
    const doc = describedIn([member]);
    return [
      {
        label: key,
        kind: CompletionItemKind.Property,
        sortText: `a${String(index).padStart(4, "0")}`,
        textEdit: { range: rangeOf(text, start, end), newText: own === undefined ? `${key}: ` : key },
        ...documented(doc),
      },
    ];
  });
}

function valueItems(parts: readonly JsonObject[], place: YamlPlace, text: string): readonly CompletionItem[] {
  const { document, path, start, end } = place;
  const own = isTargetName(path) ? keysAt(document, ["targets"]) : [];
  const values = own.length > 0 ? [...own, ...valuesOf(parts).filter((value) => actions.has(value))] : valuesOf(parts);
  const quoted = /^["']/.test(text.slice(start, end));
  return values.map((value, index) => ({
    label: value,
    kind: CompletionItemKind.Value,
    sortText: `a${String(index).padStart(4, "0")}`,
    filterText: quoted ? `${text[start]}${value}` : value,
    textEdit: {
      range: rangeOf(text, start, end),
      newText: quoted || value.includes("${") ? JSON.stringify(value) : value,
    },
  }));
}

/** `to: name`, `to: [name]`. */
const isTargetName = (path: Path): boolean => path.at(-1) === "to" || (path.at(-2) === "to" && path.length > 1);

const actions: ReadonlySet<string> = new Set(["dead", "drop", "continue"]);

function snippetItems(
  parts: readonly JsonObject[],
  { start, end, path, document }: YamlPlace,
  text: string,
): readonly CompletionItem[] {
  // A piece of its own stands at the start of something.
  if (keysAt(document, path).length > 0) return [];
  const snippets = parts.flatMap(({ defaultSnippets }) =>
    Array.isArray(defaultSnippets) ? (defaultSnippets as readonly Json[]) : [],
  );
  return snippets.flatMap((snippet, index) => {
    if (!isJsonObject(snippet) || typeof snippet.label !== "string" || snippet.body === undefined) return [];
    return [
      {
        label: `${snippet.label} …`,
        kind: CompletionItemKind.Snippet,
        sortText: `b${String(index).padStart(4, "0")}`,
        filterText: snippet.label,
        insertTextFormat: InsertTextFormat.Snippet,
        insertTextMode: InsertTextMode.adjustIndentation,
        textEdit: { range: rangeOf(text, start, end), newText: stringify(snippet.body, { lineWidth: 0 }).trimEnd() },
        ...documented(typeof snippet.description === "string" ? snippet.description : undefined),
      },
    ];
  });
}

const documented = (doc: string | undefined): Pick<CompletionItem, "documentation"> =>
  doc === undefined ? {} : { documentation: { kind: MarkupKind.Markdown, value: doc } };

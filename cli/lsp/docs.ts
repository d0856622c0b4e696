// What functions, methods and the names of expressions are, in Markdown.

import type { FunctionEntry } from "../../schema/functions/entry.ts";
import { functions, listMethods, numberMethods, stringMethods } from "../../schema/functions.ts";

const roots: Readonly<Record<string, string>> = {
  body: "The message's body, as the steps so far have left it.",
  headers: "Headers of the message by name, in lower case.",
  meta: "What is known of the message: `id`, `source`, `receivedAt`, and what the connector adds.",
  vars: "Results that steps kept with `as`.",
  settings: "The workspace's settings, with the values of the context.",
  secrets: "The tenant's secrets: for connections and settings of connectors.",
  params: "The fragment's parameters.",
  error: "Why the message failed: `class` and `message`.",
  batch: "The batch that is sent: `id`, `count`, `items`.",
  page: "The page that was answered; undefined before the first.",
  cursor: "Where the poll goes on from.",
};

const entries: readonly Readonly<Record<string, FunctionEntry>>[] = [
  functions,
  stringMethods,
  listMethods,
  numberMethods,
];

/** Undefined for what the language does not know. */
export function docOf(name: string): string | undefined {
  const all = entries.flatMap((group) => (Object.hasOwn(group, name) ? [group[name]] : []));
  if (all.length === 0) return rootDoc(name);
  return all
    .flatMap((entry) => (entry === undefined ? [] : [entryText(name, entry)]))
    .filter((text, index, texts) => texts.indexOf(text) === index)
    .join("\n\n---\n\n");
}

/** Of what expressions begin with. */
export const rootDoc = (name: string): string | undefined => (Object.hasOwn(roots, name) ? roots[name] : undefined);

function entryText(name: string, { signatures, doc, example }: FunctionEntry): string {
  const shown = signatures.map((signature) => `${name}${signature}`.replaceAll("readonly ", "")).join("\n");
  return `\`\`\`ts\n${shown}\n\`\`\`\n${doc}\n\n\`${example}\``;
}

// YAML as the language takes it: version 1.2, every key once. The parser's own look at keys takes quadratic time, which
// a map of 100,000 keys turns into a minute; this one is linear.

import {
  type Alias,
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
  Parser,
  visit,
  YAMLParseError,
} from "yaml";

/** Documents with their errors; a key that is given twice is one of them. */
export const readYaml = (text: string, lineCounter?: LineCounter): readonly Document[] =>
  documentsOf(tokensOf(text, lineCounter), text);

export function documentsOf(tokens: readonly CST.Token[], text: string): readonly Document[] {
  const documents = compose(tokens, text);
  for (const document of documents) document.errors.push(...repeatedKeys(document));
  return documents;
}

/** What YAML's grammar says, and nothing else. */
export const grammarErrors = (text: string): readonly YAMLParseError[] =>
  compose(tokensOf(text), text).flatMap((document) => document.errors);

/** All of the text; where nothing of it is YAML it is given up. */
export const tokensOf = (text: string, lineCounter?: LineCounter): readonly CST.Token[] => [
  ...untilHopeless(new Parser(lineCounter?.addNewLine).parse(text)),
];

/** Like `parseAllDocuments`. */
const compose = (tokens: readonly CST.Token[], text: string): readonly Document[] => [
  ...new Composer({ uniqueKeys: false, version: "1.2" }).compose(tokens, true, text.length),
];

const mostErrors = 200;

function* untilHopeless(tokens: Iterable<CST.Token>): Generator<CST.Token> {
  let errors = 0;
  for (const token of tokens) {
    if (token.type === "error") errors += 1;
    if (errors > mostErrors) return;
    yield token;
  }
}

/** What each alias stands for, found in one pass; the parser looks through the whole document for every single one. */
export type Aliases = ReadonlyMap<Alias, Node>;

export function aliasesOf(document: Document, text: string): Aliases {
  if (!text.includes("&")) return new Map();
  const anchors = new Map<string, Node>();
  const found = new Map<Alias, Node>();
  visit(document, {
    Node: (_key, node) => {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target !== undefined) found.set(node, target);
      } else if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return found;
}

function repeatedKeys(document: Document): readonly YAMLParseError[] {
  const found: YAMLParseError[] = [];
  const visitNode = (node: unknown): void => {
    if (isSeq(node)) node.items.forEach(visitNode);
    if (!isMap(node)) return;
    const seen = new Set<string>();
    for (const { key, value } of node.items) {
      if (isScalar(key)) {
        const name = String(key.value);
        const [start, end] = key.range ?? [0, 0];
        if (seen.has(name)) found.push(new YAMLParseError([start, end], "DUPLICATE_KEY", "Map keys must be unique"));
        seen.add(name);
      } else visitNode(key);
      visitNode(value);
    }
  };
  visitNode(document.contents);
  return found;
}

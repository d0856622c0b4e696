// Whether two texts are the same documents with the same comments: what the formatter promises, checked each time.

import { type CST, type Document, isAlias, isMap, isPair, isScalar, isSeq, type Node } from "yaml";
import type { Whole } from "../2-parse/parse.ts";
import { tokensOf } from "../2-parse/yaml.ts";
import { spaced } from "./spacing.ts";

/** Spaces at the inner ends of `${ … }` mean nothing; all else is compared. */
export function sameMeaning(was: Whole, is: Whole): boolean {
  return (
    was.documents.length === is.documents.length &&
    was.documents.every((document, index) => sameDocument(document, is.documents[index])) &&
    sameList(commentsIn(was.tokens), commentsIn(is.tokens))
  );
}

function sameDocument(was: Document, is: Document | undefined): boolean {
  return (
    is !== undefined &&
    is.errors.length === 0 &&
    was.directives?.yaml.version === is.directives?.yaml.version &&
    JSON.stringify(was.directives?.tags) === JSON.stringify(is.directives?.tags) &&
    sameNode(was.contents, is.contents)
  );
}

function sameNode(was: unknown, is: unknown): boolean {
  if (was === null || is === null || was === undefined || is === undefined) return isNothing(was) && isNothing(is);
  if (isAlias(was)) return isAlias(is) && was.source === is.source;
  if (isPair(was)) return isPair(is) && sameNode(was.key, is.key) && sameNode(was.value, is.value);
  if (!sameProperties(was as Node, is as Node)) return false;
  if (isScalar(was)) return isScalar(is) && sameValue(was.value, is.value);
  if (isMap(was)) return isMap(is) && sameItems(was.items, is.items);
  return isSeq(was) && isSeq(is) && sameItems(was.items, is.items);
}

/** `key:` and a key in braces that has no colon. */
const isNothing = (node: unknown): boolean =>
  node == null || (isScalar(node) && node.value === null && !node.tag && !node.anchor);

const sameItems = (was: readonly unknown[], is: readonly unknown[]): boolean =>
  was.length === is.length && was.every((item, index) => sameNode(item, is[index]));

function sameProperties(was: Node, is: Node): boolean {
  const anchor = (node: Node): string | undefined => ("anchor" in node ? node.anchor : undefined);
  return was.tag === is.tag && anchor(was) === anchor(is);
}

const sameValue = (was: unknown, is: unknown): boolean =>
  typeof was === "string" && typeof is === "string" ? spaced(was) === spaced(is) : Object.is(was, is);

const sameList = (was: readonly string[], is: readonly string[]): boolean =>
  was.length === is.length && was.every((text, index) => text === is[index]);

/** In their order. */
export const comments = (text: string): readonly string[] => commentsIn(tokensOf(text));

function commentsIn(tokens: readonly CST.Token[]): readonly string[] {
  const found: string[] = [];
  const look = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(look);
    else if (typeof value === "object" && value !== null) {
      const token = value as Partial<CST.SourceToken>;
      if (token.type === "comment") found.push((token.source ?? "").trimEnd());
      else Object.values(value).forEach(look);
    }
  };
  tokens.forEach(look);
  return found;
}

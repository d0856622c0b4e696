// An expression for the type checker: the author's own text, so that every offset stays what it was, without its
// comments. A `@ts-ignore` among them would otherwise switch the checker off.

import type { Expression } from "./template.ts";

export function printTs(expression: Expression): string {
  const { source, comments } = expression;
  let text = "";
  let at = 0;
  for (const { start, end } of comments) {
    // The parser reads ahead and back again at some places, and then tells of a comment twice.
    if (start < at) continue;
    text += source.slice(at, start) + source.slice(start, end).replaceAll(/[^\n\r\u2028\u2029]/g, " ");
    at = end;
  }
  return text + source.slice(at);
}

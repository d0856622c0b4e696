// `${body.id}` → `${ body.id }`: one space inside the braces, for expressions that stand on one line.

import { closingBrace } from "../expression/closing-brace.ts";

/** `escaped`: the text of a double-quoted scalar, where an expression with a backslash is left alone. */
export function spaced(text: string, escaped = false): string {
  let result = "";
  let at = 0;
  for (let next = text.indexOf("${"); next !== -1; next = text.indexOf("${", at)) {
    const start = next + 2;
    const close = text[next - 1] === "$" ? undefined : closingBrace(text, start);
    const source = close === undefined ? "" : text.slice(start, close);
    if (close === undefined || source.trim() === "" || /[\r\n]/.test(source) || (escaped && source.includes("\\"))) {
      const end = close === undefined ? start : close;
      result += text.slice(at, end);
      at = end;
    } else {
      result += `${text.slice(at, start)} ${source.trim()} `;
      at = close;
    }
  }
  return result + text.slice(at);
}

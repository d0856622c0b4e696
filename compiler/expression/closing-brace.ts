// Where `${ … }` ends: a small scanner that knows what may hold a `}` without meaning it.

/** Index of the `}` that closes the expression starting at `start`; undefined when there is none. */
export function closingBrace(text: string, start: number): number | undefined {
  // What is open around the current unit, innermost last. A stack of our own: hostile text may nest without end.
  const open: ("{" | "`")[] = [];
  for (let at = start; at < text.length; at += 1) {
    const unit = text[at];
    if (open.at(-1) === "`") {
      if (unit === "\\") at += 1;
      else if (unit === "`") open.pop();
      else if (unit === "$" && text[at + 1] === "{") {
        open.push("{");
        at += 1;
      }
    } else if (unit === '"' || unit === "'") at = endOfString(text, at, unit);
    else if (unit === "`") open.push("`");
    else if (unit === "/" && text[at + 1] === "/") at = endOfLine(text, at);
    else if (unit === "/" && text[at + 1] === "*") at = indexOrEnd(text, "*/", at + 2) + 1;
    else if (unit === "{") open.push("{");
    else if (unit === "}" && open.pop() === undefined) return at;
  }
  return undefined;
}

function endOfString(text: string, start: number, quote: string): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === quote) return at;
    // An unclosed string ends with its line; the parser will say so.
    else if (text[at] === "\n") return at - 1;
  }
  return text.length;
}

function endOfLine(text: string, start: number): number {
  for (let at = start; at < text.length; at += 1) if (/[\n\r\u2028\u2029]/.test(text.charAt(at))) return at;
  return text.length;
}

function indexOrEnd(text: string, what: string, from: number): number {
  const found = text.indexOf(what, from);
  return found === -1 ? text.length : found;
}

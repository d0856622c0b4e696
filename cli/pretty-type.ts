// A type on as many lines as it takes: TypeScript writes it on one.

const widest = 80;

/** `{ a: string; b: { … } }` with one field per line where it is wider than a line. */
export function prettyType(type: string, indent = 0): string {
  const text = type.trim();
  if (text.length + indent <= widest) return text;
  const open = text.search(/[{[(]/);
  if (open === -1) return text;
  const close = closing(text, open);
  if (close === undefined) return text;
  const brace = text[open] === "{";
  const parts = split(text.slice(open + 1, close), brace ? ";" : ",");
  const inner = parts.map((part) => `${" ".repeat(indent + 2)}${prettyType(part, indent + 2)}`);
  const body = `${text.slice(0, open + 1)}\n${inner.join(brace ? ";\n" : ",\n")}\n${" ".repeat(indent)}`;
  return body + text[close] + prettyType(text.slice(close + 1), indent).replace(/^(?=\||&)/, " ");
}

function closing(text: string, open: number): number | undefined {
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    if (/[{[(]/.test(text[at] ?? "")) depth += 1;
    else if (/[}\])]/.test(text[at] ?? "")) {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return undefined;
}

function split(text: string, separator: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (/[{[(]/.test(text[at] ?? "")) depth += 1;
    else if (/[}\])]/.test(text[at] ?? "")) depth -= 1;
    else if (text[at] === separator && depth === 0) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  return [...parts, text.slice(from)].map((part) => part.trim()).filter((part) => part !== "");
}

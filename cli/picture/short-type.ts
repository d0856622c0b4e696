// A message's type in a few words: the contract's name where it is still the contract, else its fields.

/** `{ id: string; lines: { sku: string; }[]; }` → `{ id, lines }`; `a | b` part by part; `any` as it is. */
export function shortType(type: string): string {
  const parts = alternatives(type).map((part) => {
    const list = /^(.*?)((?:\[\])+)$/s.exec(part);
    const [text, suffix] = list === null ? [part, ""] : [list[1] ?? "", list[2] ?? ""];
    return `${fieldsOnly(text)}${suffix}`;
  });
  return [...new Set(parts)].join(" | ");
}

function fieldsOnly(text: string): string {
  if (!(text.startsWith("{") && text.endsWith("}"))) return text;
  const fields = topLevel(text.slice(1, -1), ";").flatMap((member) => {
    const name = /^\s*("[^"]*"|[\w$@-]+)(\??):/.exec(member);
    // How TypeScript is told of an object without fields.
    return name === null || name[1] === "$empty" ? [] : [`${name[1]}${name[2]}`];
  });
  return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
}

const alternatives = (type: string): readonly string[] =>
  topLevel(type, "|")
    .map((part) => part.trim())
    .filter((part) => part !== "");

/** Cut at a separator that lies in no bracket and no text. */
function topLevel(text: string, separator: string): readonly string[] {
  const parts: string[] = [];
  let [depth, from, quoted] = [0, 0, false];
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at] ?? "";
    if (sign === '"' && text[at - 1] !== "\\") quoted = !quoted;
    if (quoted) continue;
    if ("{[(<".includes(sign)) depth += 1;
    else if ("}])>".includes(sign)) depth -= 1;
    else if (sign === separator && depth === 0) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  return [...parts, text.slice(from)];
}

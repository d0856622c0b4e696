// JSON text laid out for reading without being parsed and written again: numbers stay as they were written, and members
// that are there twice are there twice.

/** Undefined when it is no JSON; what was cut off is laid out as far as it goes. */
export function indented(text: string): string | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  let out = "";
  let depth = 0;
  const line = (): string => `\n${"  ".repeat(Math.max(0, depth))}`;
  for (const [token] of text.matchAll(tokens)) {
    switch (token) {
      case "{}":
      case "[]":
        out += token;
        break;
      case "{":
      case "[":
        depth += 1;
        out += token + line();
        break;
      case "}":
      case "]":
        depth -= 1;
        out += line() + token;
        break;
      case ",":
        out += token + line();
        break;
      case ":":
        out += ": ";
        break;
      default:
        out += /^[{[]/.test(token) ? token.replaceAll(/\s/g, "") : token;
    }
  }
  return out;
}

/** Empty ones, marks, strings (one may be cut off), and what is between. */
const tokens = /\{\s*\}|\[\s*\]|[{}[\],:]|"(?:[^"\\]|\\.)*"?|[^\s{}[\],:"]+/gs;

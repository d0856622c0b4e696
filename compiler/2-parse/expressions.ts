// Where `${ … }` stands in the raw text of a file, before YAML has had its say.

export interface Region {
  readonly start: number;
  /** Behind the closing brace. */
  readonly end: number;
}

/** Every `${ … }`, by counting braces outside strings; one without an end reaches to the end of its line. */
export function expressionRegions(text: string): readonly Region[] {
  const regions: Region[] = [];
  let at = text.indexOf("${");
  while (at !== -1) {
    const end = regionEnd(text, at + 2);
    regions.push({ start: at, end });
    at = text.indexOf("${", end);
  }
  return regions;
}

function regionEnd(text: string, from: number): number {
  let depth = 0;
  let quote = "";
  for (let at = from; at < text.length; at++) {
    const unit = text[at] ?? "";
    if (quote !== "") {
      if (unit === "\\") at += 1;
      else if (unit === quote || unit === "\n") quote = "";
    } else if (unit === "\\") at = escapedTextEnd(text, at);
    else if (unit === '"' || unit === "'" || unit === "`") quote = unit;
    else if (unit === "{") depth += 1;
    else if (unit === "}" && depth-- === 0) return at + 1;
  }
  const line = text.indexOf("\n", from);
  return line === -1 ? text.length : line;
}

/** In a value in double quotes a text is written `\"so\"`. Other backslashes are themselves. */
function escapedTextEnd(text: string, at: number): number {
  const inner = /^\\"[^\n]*?\\"/.exec(text.slice(at, at + mostEscaped))?.[0];
  return inner === undefined ? at : at + inner.length - 1;
}

const mostEscaped = 1_000;

/**
 * The text with the regions replaced by harmless filler of equal length; line ends stay, and so does what indents the
 * lines of a block. `inOneLine`: those inside of a region do not.
 */
export function masked(text: string, regions: readonly Region[], inOneLine = false): string {
  let result = "";
  let at = 0;
  for (const { start, end } of regions) {
    const region = text.slice(start, end);
    result +=
      text.slice(at, start) + (inOneLine ? "x".repeat(end - start) : region.replaceAll(/(\n *)|[^\r\n]/g, filler));
    at = end;
  }
  return result + text.slice(at);
}

const filler = (_unit: string, lineStart: string | undefined): string => lineStart ?? "x";

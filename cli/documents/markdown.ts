// Markdown from texts that may hold anything: what an author wrote is shown, and never becomes markup.

/** In running text. */
export function words(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  const escaped = line
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll(/[\\`*_[\]|~]/g, "\\$&");
  return escaped.replace(/^([#+=-]|\d+[.)])/, (start) => `${start.slice(0, -1)}\\${start.slice(-1)}`);
}

/** In a code span, also of a table. */
export function code(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  if (line === "") return "";
  const fence = "`".repeat(longestRun(line) + 1);
  const space = line.startsWith("`") || line.endsWith("`") ? " " : "";
  return `${fence}${space}${line}${space}${fence}`;
}

export function block(language: string, text: string): readonly string[] {
  const fence = "`".repeat(Math.max(3, longestRun(text) + 1));
  return ["", `${fence}${language}`, ...text.trimEnd().split("\n"), fence, ""];
}

const longestRun = (text: string): number => Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));

/** Cells are Markdown already; a bar would end them, even in code. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  return ["", line(heads), line(heads.map(() => "---")), ...rows.map(line), ""];
}

const cell = (text: string): string => text.replaceAll(/(?<!\\)\|/g, "\\|");

export const link = (text: string, to: string): string =>
  `[${text}](${to.split("/").map(encodeURIComponent).join("/")})`;

/** One page: no empty lines in a row, none at the end. */
export const page = (lines: readonly string[]): string =>
  `${lines
    .join("\n")
    .replaceAll(/\n{3,}/g, "\n\n")
    .trim()}\n`;

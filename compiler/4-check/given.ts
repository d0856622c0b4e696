// What a stream gives against what its reader says that it reads, in words that name the field.

const inside = /^Types of property '"?(.+?)"?' are incompatible\.$/;
const pair = /^Type '(.+)' is not assignable to type '(.+)'\.$/s;
const lacks = /^Property '"?(.+?)"?' is missing in type /;

/** Which field it is about; empty: the whole. */
export const fieldIn = (lines: readonly string[]): string =>
  lines.flatMap((line) => inside.exec(line.trim())?.[1] ?? []).join(".");

/** TypeScript's lines, from the outermost to the innermost. */
export function tellGiven(lines: readonly string[], words: (text: string) => string): string {
  const path = fieldIn(lines);
  const last = lines.at(-1)?.trim() ?? "";
  const missing = lacks.exec(last)?.[1];
  const [, from = "", to = ""] = pair.exec(last) ?? [];
  const field = [path, missing].filter((name) => name !== undefined && name !== "").join(".");
  const what = field === "" ? "the body" : `\`${field}\``;
  if (missing !== undefined) return `The stream does not give ${what}.`;
  if (from === "undefined") return `The stream may not give ${what}.`;
  return to === ""
    ? `What the stream gives does not fit: ${words(last)}`
    : `What the stream gives does not fit: ${what} is ${words(`'${from}'`)}, ${words(`'${to}'`)} is wanted.`;
}

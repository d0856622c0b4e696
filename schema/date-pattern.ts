// `dd.MM.yyyy 'at' HH:mm` as its pieces: read by the compiler to find mistakes and by the run time to format. It calls
// no method, so that nothing changed on a prototype reaches it.

import { type DatePart, dateParts, maxDatePattern } from "./functions/dates.ts";

export type DatePiece = { readonly part: DatePart } | { readonly literal: string };

/** What in a pattern is no piece: in words, and the letters if it is letters. */
export interface WrongPattern {
  readonly wrong: string;
  readonly letters?: string;
}

/** The pieces, or what in the pattern is none. */
export function readDatePattern(pattern: string): readonly DatePiece[] | WrongPattern {
  if (pattern.length > maxDatePattern) return { wrong: "more than 100 characters" };
  const pieces: DatePiece[] = [];
  let at = 0;
  while (at < pattern.length) {
    const sign = pattern[at] ?? "";
    if (sign === "'") {
      const quoted = readQuoted(pattern, at);
      if (quoted === undefined) return { wrong: "a quote that is not closed" };
      pieces[pieces.length] = { literal: quoted.literal };
      at = quoted.end;
      continue;
    }
    let run = "";
    for (; pattern[at] === sign && (run === "" || isLetter(sign)); at += 1) run += sign;
    const part = isLetter(sign) ? partOf(run) : undefined;
    if (part !== undefined) pieces[pieces.length] = { part };
    else if (isLetter(sign)) return { wrong: `\`${run}\`, which is no part of a date`, letters: run };
    else pieces[pieces.length] = { literal: run };
  }
  return pieces;
}

const isLetter = (sign: string): boolean => (sign >= "a" && sign <= "z") || (sign >= "A" && sign <= "Z");

function partOf(run: string): DatePart | undefined {
  for (let index = 0; index < dateParts.length; index += 1) if (dateParts[index] === run) return dateParts[index];
  return undefined;
}

/** Two quotes are one, inside quotes and outside. */
function readQuoted(pattern: string, start: number): { readonly literal: string; readonly end: number } | undefined {
  if (pattern[start + 1] === "'") return { literal: "'", end: start + 2 };
  let literal = "";
  for (let at = start + 1; at < pattern.length; at += 1) {
    if (pattern[at] !== "'") literal += pattern[at] ?? "";
    else if (pattern[at + 1] !== "'") return { literal, end: at + 1 };
    else {
      literal += "'";
      at += 1;
    }
  }
  return undefined;
}

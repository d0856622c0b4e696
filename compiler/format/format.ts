// format: a text of YAML as it should be written. Its documents stay the very same, and so do its comments: each result
// is read again and compared, and a text that cannot be kept so is left as it is.

import type { Diagnostic } from "../../schema/diagnostic.ts";
import { readWhole } from "../2-parse/parse.ts";
import { print, Unknown } from "./print.ts";
import { type Repaired, repair } from "./repair.ts";
import { sameMeaning } from "./same.ts";

export type Formatted =
  | { readonly text: string /** Why nothing but what was broken is changed. */; readonly left?: string }
  /** YAML cannot read it, and no mend is certain. */
  | { readonly diagnostics: readonly Diagnostic[] };

/** Pure. `file` is the name in the diagnostics. */
export function format(text: string, file = ""): Formatted {
  const crlf = /\r?\n/.exec(text)?.[0] === "\r\n";
  const plain = text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
  const repaired = repair(plain, file);
  if (repaired.diagnostics.length > 0) return { diagnostics: repaired.diagnostics };
  const { text: formatted, left } = layOut(repaired);
  const ended = crlf ? formatted.replaceAll("\n", "\r\n") : formatted;
  return left === undefined ? { text: ended } : { text: repaired.text === plain ? text : ended, left };
}

function layOut({ text, whole }: Repaired): { readonly text: string; readonly left?: string } {
  try {
    const printed = print(whole.tokens, text);
    if (printed === text || sameMeaning(whole, readWhole(printed))) return { text: printed };
    return { text, left: "what it means would not be the same" };
  } catch (error) {
    if (!(error instanceof Unknown)) throw error;
    const line = text.slice(0, error.offset).split("\n").length;
    return { text, left: `line ${line} has ${error.message}` };
  }
}

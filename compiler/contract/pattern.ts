// `pattern`, as far as linear time can be promised: messages come from outside, and a backtracking match may take
// for ever on a text that was made for it.

import type { Json } from "../../schema/json.ts";

/** Undefined: the pattern is fine. */
export function linearPattern(pattern: Json): { readonly message: string; readonly help: string } | undefined {
  if (typeof pattern !== "string") return { message: "`pattern` is a text.", help: 'Write `pattern: "^[A-Z]{3}$"`.' };
  return {
    message: "`pattern` is not supported yet.",
    help: "Check it in a `filter` step, or list the values under `enum`.",
  };
}

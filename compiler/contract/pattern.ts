// `pattern`, with linear time promised: messages come from outside, and a backtracking match may take for ever on a
// text that was made for it. So a pattern is turned into a table that looks at each character once; what needs
// backtracking (look-around, back-references) or a table too large is refused.

import type { Automaton } from "../../schema/automaton.ts";
import type { Json } from "../../schema/json.ts";
import { buildAutomaton } from "./pattern-automaton.ts";
import { PatternRefusal, parsePattern } from "./pattern-syntax.ts";

interface Problem {
  readonly message: string;
  readonly help: string;
}

/** The table, as printed code holds it, of a pattern that `patternProblem` lets through. */
export function automatonText(pattern: string): string {
  const automaton: Automaton | undefined = buildAutomaton(parsePattern(pattern));
  if (automaton === undefined) throw new Error("a pattern that is too large was not refused");
  return JSON.stringify(automaton);
}

/** Undefined: the pattern is fine. */
export function patternProblem(pattern: Json): Problem | undefined {
  if (typeof pattern !== "string") return { message: "`pattern` is a text.", help: 'Write `pattern: "^[A-Z]{3}$"`.' };
  const slip = syntaxError(pattern);
  if (slip !== undefined)
    return { message: `\`pattern\` is no regular expression: ${slip}.`, help: "It is read as JavaScript's `/…/u`." };
  try {
    if (buildAutomaton(parsePattern(pattern)) !== undefined) return undefined;
  } catch (error) {
    if (!(error instanceof PatternRefusal)) throw error;
    return { message: error.message, help: error.help };
  }
  return {
    message: "`pattern` takes too large a table to be matched in linear time.",
    help: "Anchor it with `^` and `$`, make counts such as `{1,500}` smaller (`minLength` and `maxLength` count too).",
  };
}

/** What JavaScript's own parser says, without the pattern, which it repeats. */
function syntaxError(pattern: string): string | undefined {
  if (pattern.length > 1000) return "it is longer than 1,000 characters";
  try {
    new RegExp(pattern, "u");
    return undefined;
  } catch (error) {
    return (error instanceof Error ? error.message : "").split(": ").at(-1)?.toLowerCase() ?? "it does not parse";
  }
}

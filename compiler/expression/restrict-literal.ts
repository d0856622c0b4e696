// Arguments that are read when the spec is compiled: a pattern must be a literal, so that its table is built here; a
// zone, a duration or a date's pattern may come from data, but one that the author wrote is checked.

import type { AnyNode, CallExpression } from "acorn";
import { readDatePattern } from "../../schema/date-pattern.ts";
import { durationForms, fixedOffset } from "../../schema/functions/dates.ts";
import type { FunctionEntry, LiteralKind } from "../../schema/functions/entry.ts";
import { patternProblem } from "../contract/pattern.ts";
import { advice, type Found, type Place, refuse } from "./refusal.ts";

export function restrictLiterals(node: CallExpression, { literals = {} }: FunctionEntry, place: Place): Found {
  return node.arguments.flatMap((argument, index) => {
    const kind = literals[index];
    if (kind === undefined || argument.type === "SpreadElement") return [];
    const text = literalText(argument);
    if (kind === "pattern") return restrictPattern(argument, text, place);
    const slip = text === undefined ? undefined : slips[kind](text);
    return slip === undefined ? [] : refuse(place, "VRS3012", argument, slip.message, slip.help);
  });
}

/** The text of a literal without anything that is only known later. */
export function literalText(node: AnyNode): string | undefined {
  if (node.type === "Literal" && typeof node.value === "string") return node.value;
  if (node.type !== "TemplateLiteral" || node.expressions.length > 0) return undefined;
  return node.quasis[0]?.value.cooked ?? undefined;
}

function restrictPattern(node: AnyNode, text: string | undefined, place: Place): Found {
  if (text === undefined) {
    const help = "Write the pattern out; a text from data is looked for by `includes`.";
    return refuse(place, "VRS3011", node, "The pattern is no literal.", help);
  }
  const lost = lostEscape(place.expression.source.slice(node.start + 1, node.end - 1));
  if (lost !== undefined) {
    const message = `Inside a text \`\\${lost}\` is ${lost === "b" ? "a backspace" : `only \`${lost}\``}.`;
    return refuse(place, "VRS3011", node, message, `Write \`\\\\${lost}\`.`);
  }
  const problem = patternProblem(text);
  return problem === undefined ? [] : refuse(place, "VRS3011", node, problem.message, problem.help);
}

/** The first escape that the text loses and that a pattern would have meant. */
function lostEscape(raw: string): string | undefined {
  for (const [, escaped = ""] of raw.matchAll(/\\([\s\S])/g)) {
    if (/[dDwWsSbBpPkc.+*?()[\]{}|^$/-]/.test(escaped)) return escaped;
  }
  return undefined;
}

interface Slip {
  readonly message: string;
  readonly help: string;
}

const slips: Readonly<Record<Exclude<LiteralKind, "pattern">, (text: string) => Slip | undefined>> = {
  zone: (zone) =>
    isZone(zone)
      ? undefined
      : { message: "There is no such time zone.", help: 'Write a name such as "Europe/Stockholm", "UTC" or "+02:00".' },
  duration: (text) =>
    durationForms.parts.test(text) || durationForms.iso.test(text)
      ? undefined
      : { message: "This is no duration.", help: 'Write `"250ms"`, `"1d 2h"`, `"-1mo"` or ISO 8601 such as `"PT1H"`.' },
  "date-format": datePatternSlip,
  "date-pattern": (pattern) => datePatternSlip(pattern) ?? incomplete(pattern),
};

function isZone(zone: string): boolean {
  if (fixedOffset.test(zone)) return true;
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: zone });
    return /^[A-Za-z]/.test(zone);
  } catch {
    return false;
  }
}

/** Letters that others use for the same part. */
const otherLetters: Readonly<Record<string, string>> = {
  YYYY: "Write `yyyy`.",
  YY: "Write `yy`.",
  DD: "Write `dd`.",
  D: "Write `d`.",
  A: "Write `a`.",
  T: "Write `'T'`.",
  Z: "Write `XXX`, or `'Z'` for the letter.",
  ZZ: "Write `XX`.",
  dddd: "Write `EEEE`.",
  ddd: "Write `EEE`.",
};

function datePatternSlip(pattern: string): Slip | undefined {
  const read = readDatePattern(pattern);
  if (!("wrong" in read)) return undefined;
  const help = advice(otherLetters, read.letters ?? "");
  return {
    message: `The pattern holds ${read.wrong}.`,
    help: help ?? "For example `yyyy-MM-dd HH:mm:ss.SSS XXX`; other letters stand in single quotes.",
  };
}

function incomplete(pattern: string): Slip | undefined {
  const read = readDatePattern(pattern);
  if ("wrong" in read) return undefined;
  const has = (letter: string): boolean => read.some((piece) => "part" in piece && piece.part.startsWith(letter));
  if (has("y") && has("M") && has("d")) return undefined;
  return { message: "The pattern names no whole date.", help: "It needs a year, a month and a day: `yyyy-MM-dd`." };
}

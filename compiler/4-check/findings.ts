// From what TypeScript says about a generated module to what an author needs to hear about the spec.

import type { Code } from "../../schema/codes.ts";
import type { Diagnostic, Label } from "../../schema/diagnostic.ts";
import { nearest } from "../nearest.ts";
import { finding, type Site, textRange } from "../value.ts";
import { fieldIn, tellGiven } from "./given.ts";
import type { TypeFinding } from "./type-checker.ts";
import { inWords, type Words } from "./words.ts";
import type { Role, Span } from "./writer.ts";

export function toDiagnostic(
  found: TypeFinding,
  spans: readonly Span[],
  words: Words,
  root: Site,
  text: string,
): Diagnostic {
  const span = spans.find((candidate) => candidate.start <= found.start && found.start < candidate.end);
  if (span === undefined) return unmapped(found, root);
  const { site } = span.origin;
  const told = tell(found, span.role, telling(words));
  const { start, length } = extentOf(found, span, spans);
  const range =
    span.origin.kind === "expression" ? textRange(site, start, length) : site.spec.locate(site.path, span.origin.kind);
  const labels = told.labels ?? labelsAt(told, site, text.slice(found.start, found.end), words);
  return finding(told.code, site, range, { ...told, labels });
}

/** What TypeScript says of a script, in the same words as of an expression. */
export function tellType(found: TypeFinding, words: Words, site: Site, text: string): Told {
  const told = tell(found, "value", telling(words));
  return { ...told, labels: told.labels ?? labelsAt(told, site, text.slice(found.start, found.end), words) };
}

const telling = ({ types, labels }: Words): Telling => ({ types, labels, words: (text) => inWords(text, types) });

/** `text`: what the finding is about, in the module. */
function labelsAt({ code }: Told, site: Site, text: string, { labels }: Words): readonly Label[] {
  if (code !== "VRS4003") return code === "VRS4001" || code === "VRS4008" ? labels.wanted(site) : [];
  const field = /\.([\w$]+)\)*$/.exec(text)?.[1];
  return field === undefined ? [] : labels.optional(field);
}

/** Where in the scalar's value it is. */
function extentOf(found: TypeFinding, span: Span, spans: readonly Span[]) {
  const { origin } = span;
  const start = offsetIn(span, found.start);
  // An expression with questions of ours between its parts consists of several spans.
  const last = spans.find(
    (candidate) =>
      candidate.origin.kind === "expression" &&
      candidate.origin.site === origin.site &&
      candidate.start < found.end &&
      found.end <= candidate.end,
  );
  const end = last === undefined ? offsetIn(span, Math.min(found.end, span.end)) : offsetIn(last, found.end);
  return { start, length: Math.max(end - start, 0) };
}

/** Offset in the scalar's value of a position in the module. */
function offsetIn({ origin, start, inserted }: Span, position: number): number {
  if (origin.kind !== "expression") return 0;
  return inserted === true ? origin.offset : origin.offset + position - start;
}

interface Told {
  readonly code: Code;
  readonly message: string;
  readonly help?: string;
  readonly labels?: readonly Label[];
}

const agree = "Read it under the stream's own contract by leaving `contract` out, or ask its owner.";

const property = /^Property '(.+?)' does not exist on type '(.+)'\.(?: Did you mean '(.+)'\?)?/s;
const assign =
  /^(?:Argument of type|Type) '(.+)' (?:is not assignable to (?:parameter of )?type|does not satisfy the (?:expected type|constraint)) '(.+)'\.$/s;
/** A value that is none, as the whole: one of its fields may well be. */
const absent = (type: string): boolean => /\b(?:undefined|null)\b/.test(type.replace(/\{.*(?:\}|\.\.\.$)/s, ""));

interface Telling extends Words {
  /** TypeScript's words as the author's. */
  readonly words: (text: string) => string;
}

function tell(found: TypeFinding, role: Role, telling: Telling): Told {
  const { words } = telling;
  const first = found.lines[0] ?? "";
  const last = found.lines.at(-1) ?? first;
  if (role === "given") return { code: "VRS2025", message: tellGiven(found.lines, words), help: agree };
  const unknown = property.exec(first);
  if (unknown !== null) return unknownProperty(unknown, telling);
  if (possiblyMissing.has(found.code))
    return missingValue(words(/^('.+?') is possibly/s.exec(first)?.[1] ?? "The value"));
  if (role === "closed") return undeclared(last, words);
  if (found.code === 2367) return neverEqual(first, words);
  if (missingKeys.has(found.code) || missingKey.test(last)) return missing(last, telling);
  if (excessKeys.has(found.code)) return { code: "VRS4005", message: words(last) };
  const pair = assign.exec(last) ?? assign.exec(first);
  if (pair !== null) {
    const field = role === "payload" ? fieldIn(found.lines) : "";
    const told = mismatch(pair[1] ?? "", pair[2] ?? "", first, role, words);
    return field === "" || told.code !== "VRS4001"
      ? told
      : { ...told, message: `\`${field}\`: ${lowered(told.message)}` };
  }
  if (found.code === 18046 || found.code === 2571) return opaque();
  return { code: "VRS4001", message: words(first === last ? first : `${first} ${last}`) };
}

const possiblyMissing = new Set([2531, 2532, 2533, 18047, 18048, 18049, 2721, 2722, 2723]);
const missingKeys = new Set([2739, 2740, 2741]);
const missingKey = /^(?:Property '.+' is missing in type|Type '.+' is missing the following properties)/s;
const excessKeys = new Set([2353, 2561]);

function unknownProperty(match: RegExpExecArray, { types, labels, words }: Telling): Told {
  const [, name = "", type = "", guess] = match;
  if (type.includes("$Failed")) return failed();
  if (type.includes("$Any")) return opaque();
  if (type === "never") {
    return {
      code: "VRS4002",
      message: `No message can reach this place, so there is no \`${name}\`.`,
      help: "A filter or an earlier route arm already excludes every case.",
    };
  }
  const fields = types.get(type)?.fields ?? fieldsIn(type);
  const near = nearest(name, fields) ?? guess;
  const listed = fields.length > mostListed ? [...fields.slice(0, mostListed), "…"] : fields;
  return {
    code: "VRS4002",
    message: `There is no \`${name}\` ${fields.length === 0 ? "on" : "in"} ${words(`'${type}'`)}.`,
    ...(near !== undefined
      ? { help: `Did you mean \`${near}\`?` }
      : fields.length === 0
        ? {}
        : { help: `There ${fields.length === 1 ? "is" : "are"} ${listed.join(", ")}.` }),
    labels: labels.declared(type, fields, near),
  };
}

const mostListed = 12;

/** Fields of a type that TypeScript wrote out: `{ readonly sku: string; qty: number; }`. */
function fieldsIn(type: string): readonly string[] {
  const fields: string[] = [];
  let depth = 0;
  for (const [token, name] of type.matchAll(/(?:readonly )?("?[\w$-]+"?)\??:|[{}[\]()<>]/g)) {
    if (name === undefined) depth += /[{[(<]/.test(token) ? 1 : -1;
    else if (depth === 1) fields.push(name.replaceAll('"', ""));
  }
  return type.startsWith("{") ? [...new Set(fields)] : [];
}

function missingValue(what: string): Told {
  return {
    code: "VRS4003",
    message: `${what} may be missing.`,
    help: 'Handle it: `?.`, `?? "a default"`, or a filter with `exists(…)`.',
  };
}

const missingOne = /^Property '"?(.+?)"?' is missing in type '.*' but required in type '(.+)'\.$/s;
const missingSeveral = /^Type '.*' is missing the following properties from type '(.+?)': (.+)$/s;

function missing(line: string, { types, labels, words }: Telling): Told {
  const one = missingOne.exec(line);
  if (one !== null)
    return {
      code: "VRS4006",
      message: `\`${one[1]}\` is missing: ${words(`'${one[2]}'`)} requires it.`,
      labels: types.has(one[2] ?? "") ? labels.declared(one[2] ?? "", [], one[1]) : [],
    };
  const several = missingSeveral.exec(line);
  if (several === null) return { code: "VRS4006", message: words(line) };
  const names = (several[2] ?? "")
    .replace(/\.$/, "")
    .replaceAll('"', "")
    .split(/, (?:and )?/);
  const quoted = names.map((name) => (/^\d+ more$/.test(name) ? name : `\`${name}\``));
  return { code: "VRS4006", message: `${quoted.join(", ")} are missing: ${words(`'${several[1]}'`)} requires them.` };
}

/** TypeScript calls it "unintentional"; what is meant is that no message can make it true. */
function neverEqual(line: string, words: (text: string) => string): Told {
  const [, left = "", right = ""] = /types '(.+)' and '(.+)' have no overlap/s.exec(line) ?? [];
  return {
    code: "VRS4001",
    message: `The two sides are never equal: ${words(`'${left}'`)} and ${words(`'${right}'`)}.`,
    help: "An earlier condition may have excluded it, or it is misspelt.",
  };
}

function opaque(): Told {
  return {
    code: "VRS4007",
    message: "The contract is `any`, so nothing is known about the body here.",
    help: "Give the source a contract, or `validate` the body in a step.",
  };
}

function failed(): Told {
  return {
    code: "VRS4007",
    message: "What failed may be anything, so nothing is known about the body here.",
    help: "There are `error.message`, `error.class` and `meta.id`; or `validate` the body in a step of this target.",
  };
}

function undeclared(line: string, words: (text: string) => string): Told {
  const keys = [...(assign.exec(line)?.[1] ?? line).matchAll(/"([^"]+)"/g)].map((match) => `\`${match[1] ?? ""}\``);
  return {
    code: "VRS4005",
    message: `The contract does not declare ${words(keys.join(", "))}.`,
    help: "Leave it out, or declare it.",
  };
}

const lowered = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

function mismatch(from: string, to: string, first: string, role: Role, words: (text: string) => string): Told {
  const outer = assign.exec(first);
  const whole = outer?.[1] ?? from;
  if (from.includes("$Secret")) {
    return { code: "VRS3008", message: "A secret may stand in connections and connector settings only." };
  }
  const condition = role === "condition" && !/^\(?(?:(?:boolean|true|false|undefined|null)\b[ |)]*)+$/.test(whole);
  if (absent(whole) && !absent(outer?.[2] ?? to) && !condition) {
    return {
      code: "VRS4003",
      message: `The value may be missing: it is ${words(`'${whole}'`)}.`,
      help: 'Handle it: `?? "a default"`, `?.`, or a filter with `exists(…)`.',
    };
  }
  if (role === "condition") {
    return {
      code: "VRS4004",
      message: `A condition must be boolean, this is ${words(`'${whole}'`)}.`,
      help: "Write the comparison out: `x === …`, `x > 0`, `exists(x)`.",
    };
  }
  if (role === "list") {
    return {
      code: "VRS4001",
      message: `\`split\` takes a list, this is ${words(`'${whole}'`)}.`,
      help: "Name the list whose items are wanted.",
    };
  }
  if ((role === "text" || role === "setting") && to.includes("string")) {
    return { code: "VRS4001", message: `Text takes a string, number or boolean, this is ${words(`'${from}'`)}.` };
  }
  if (to === "$Json" || to.includes("$Json"))
    return { code: "VRS4008", message: `This cannot be sent: ${words(`'${from}'`)} is not JSON.` };
  return { code: "VRS4001", message: `This is ${words(`'${from}'`)}, ${words(`'${to}'`)} is wanted.` };
}

function unmapped(found: TypeFinding, root: Site): Diagnostic {
  return finding("VRS9001", root, root.spec.locate([]), {
    message: `The type checker said: ${found.lines.join(" ")} (TS${found.code} in ${found.module} at ${found.start})`,
    help: "Please report it with the spec.",
  });
}

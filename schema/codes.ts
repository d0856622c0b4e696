// The catalogue of diagnostic codes. A code is never reused and never changes its meaning; a retired one keeps its
// entry with `retired: true`. docs/diagnostics.md is written from this table, and a test asks that each code has a
// case that provokes it.
//
// 1xxx YAML · 2xxx spec · 3xxx expression · 4xxx types · 5xxx topology · 6xxx policy · 9xxx the compiler itself

import type { Severity } from "./diagnostic.ts";

export interface CodeEntry {
  readonly severity: Severity;
  /** A noun phrase: the heading of its page. */
  readonly title: string;
  /** What it means and what to do, for somebody who sees it for the first time. Markdown, one or two paragraphs. */
  readonly text: string;
  readonly retired?: true;
}

const entry = (severity: Severity, title: string, text: string): CodeEntry => ({
  severity,
  title,
  text,
});

export const codes = {
  VRS1001: entry(
    "error",
    "YAML that does not parse",
    "The file is not YAML. The message says where the parser stopped; the mistake is often one line above.",
  ),
  VRS1002: entry(
    "error",
    "Expression cut by YAML",
    'YAML gives `: `, ` #`, `{`, `}`, `,` and quotes a meaning of their own, so an expression that holds them must be quoted or stand in a block. Write `key: "${ … }"`, or put it on its own line after `key: |-`.',
  ),
  VRS1003: entry(
    "error",
    "Expression cut by a comment",
    "In a plain scalar ` #` starts a comment, so the rest of the text is lost without a word. Quote the whole value.",
  ),
  VRS1004: entry("error", "Key given twice", "A mapping holds the same key twice; YAML would keep only one of them."),
  VRS1005: entry(
    "error",
    "Expression in a key",
    "Keys are never expressions. A line break inside an unquoted expression makes YAML read the rest as a key: put the expression in a `|-` block.",
  ),
  VRS1006: entry(
    "error",
    "Tag or alias where text was meant",
    "A plain value that starts with `!`, `*` or `&` is a YAML tag, alias or anchor. Quote it.",
  ),
  VRS1007: entry("error", "File that cannot be read", "The file exists but could not be read, or is not UTF-8 text."),
  VRS1008: entry(
    "warning",
    "Scalar whose text is not its value",
    "`1.10` is the number 1.1 and `0600` the number 600. Quote it when the text matters.",
  ),
  VRS1009: entry(
    "error",
    "YAML that becomes too large",
    "With its aliases followed, the document holds more than 100,000 values, nests deeper than 100 levels, or holds itself. Write out what is meant, or split the file.",
  ),
  VRS2001: entry(
    "error",
    "Unknown kind of document",
    "Each YAML document has exactly one kind key: `workspace`, `tenant`, `connections`, `integration`, `fragment` or `tests`.",
  ),
  VRS2002: entry(
    "error",
    "Unknown key",
    "The key is not part of the language here. The message names the nearest known one.",
  ),
  VRS2003: entry("error", "Missing key", "A required key is not there."),
  VRS2004: entry("error", "Value of the wrong kind", "The value has another type or form than the key takes."),
  VRS2005: entry(
    "error",
    "Duration or size that cannot be read",
    "Durations are written `250ms`, `1s`, `5m`, `24h`, `7d`; sizes `64KiB`, `1MiB`.",
  ),
  VRS2006: entry(
    "error",
    "Unknown connector",
    "No connector of this name is installed; `vrsky connectors list` names them.",
  ),
  VRS2007: entry(
    "error",
    "Unknown connection",
    "The tenant declares no connection of this name, or it belongs to another connector.",
  ),
  VRS2008: entry(
    "error",
    "Unknown target",
    "A route or an `on-error` names a target that the integration does not have.",
  ),
  VRS2009: entry(
    "error",
    "Missing contract",
    "A source needs a `contract`: without it nothing after it can be checked. Use a name (`order@1`), the short form, or `any`.",
  ),
  VRS2010: entry(
    "error",
    "Unknown contract",
    "No file `contracts/<name>@<version>.json` or `.yaml` exists in the workspace.",
  ),
  VRS2011: entry(
    "error",
    "Two documents of one name",
    "Two documents of the same kind carry the same name in one tenant.",
  ),
  VRS2012: entry(
    "error",
    "Unknown secret",
    "Secrets are declared in `tenant.yaml` under `secrets:`; this name is not.",
  ),
  VRS2013: entry(
    "error",
    "Setting without a value",
    "A declared setting has no value, or one of the wrong type, in a context.",
  ),
  VRS2014: entry(
    "error",
    "Contract that cannot be typed",
    "The contract uses a JSON Schema keyword or form outside the supported subset. What cannot be typed is refused, never ignored.",
  ),
  VRS2015: entry("error", "Workspace without `vrsky.yaml`", "A workspace is a folder with `vrsky.yaml`."),
  VRS2016: entry(
    "error",
    "Not in this version",
    "The language has this, this version of the compiler does not run it yet.",
  ),
  VRS2017: entry(
    "error",
    "Target that nothing reaches",
    "No route arm names the target, so it would never get a message.",
  ),
  VRS2018: entry(
    "error",
    "Route arm that is never reached",
    "The first matching arm wins, so an arm without `when` ends the route; arms below it can never match.",
  ),
  VRS2019: entry(
    "error",
    "Step without its one kind",
    "A step does one thing: it is exactly one of `filter`, `map`, `call`, `split`, `validate`, `script` and `use`.",
  ),
  VRS2020: entry("error", "Unknown fragment", "`use` names a fragment that the tenant does not have."),
  VRS2021: entry(
    "error",
    "Fragment that uses itself",
    "Fragments are put in place when the spec is compiled, so they cannot go in a circle.",
  ),
  VRS2022: entry(
    "error",
    "Question without a name",
    "A `call` or `script` owns state: its cache, its place in tests and traces. Give the step a `name`, or keep its result with `as`.",
  ),
  VRS2023: entry(
    "error",
    "Unknown stream, or one that is not shared",
    "A stream is declared under `streams:` of its tenant. Another tenant reads it as `tenant/name` once the owner grants it with `export-to`.",
  ),
  VRS2024: entry(
    "error",
    "Template that cannot be used",
    "`template:` names a Handlebars file of the workspace. It may hold values, `#if`, `#unless`, `#each`, `#with`, `else` and comments; what it reads is checked like any expression.",
  ),
  VRS3001: entry("error", "Expression that does not parse", "The text between `${` and `}` is not an expression."),
  VRS3002: entry(
    "error",
    "Forbidden construct",
    "Expressions are a safe subset of JavaScript: no statements, assignments, `new`, `this`, regular expressions, classes, functions other than callbacks, or access to prototypes.",
  ),
  VRS3003: entry(
    "error",
    "Unknown name",
    "Expressions see `body`, `headers`, `meta`, `vars`, `settings`, `secrets` (in connections and connector settings) and the built-in functions.",
  ),
  VRS3004: entry("error", "Unknown function or method", "Only the functions and methods of the allow-list exist."),
  VRS3005: entry(
    "error",
    "Expression too large",
    "An expression may hold 4,000 characters, 500 nodes, a depth of 32 and 3 nested callbacks.",
  ),
  VRS3006: entry("error", "Unclosed expression", "A `${` has no matching `}`."),
  VRS3007: entry(
    "error",
    "Expression where a constant is needed",
    "This value is part of the topology or known before any message: it may use `settings` or `secrets` where the key allows them, never message data.",
  ),
  VRS3008: entry(
    "error",
    "Secret where it may not be",
    "`secrets.x` may stand in connections and connector settings only: never in a payload, a map, a filter or a condition.",
  ),
  VRS3009: entry(
    "warning",
    "Constant that looks like an expression",
    "The text starts like an expression but has no `${ … }` around it, so it is sent as it stands.",
  ),
  VRS3010: entry(
    "error",
    "Dynamic part where a literal is needed",
    "Data fills parts, never places: the host of a URL, a table or a bucket is constant.",
  ),
  VRS3011: entry(
    "error",
    "Pattern that cannot be matched",
    "The pattern of `matches` is a text literal in the subset of regular expressions that takes linear time, the same as `pattern` of a contract. Inside a text a backslash is written twice.",
  ),
  VRS3012: entry(
    "error",
    "Literal that the function cannot read",
    "A time zone, a duration or a date's pattern that is written out is checked when the spec is compiled.",
  ),
  VRS3101: entry("error", "Script that does not exist", "`script` names a TypeScript file of the workspace."),
  VRS3102: entry(
    "error",
    "Script that does not parse",
    "The file is not TypeScript. The message says where the parser stopped.",
  ),
  VRS3103: entry(
    "error",
    "Import that a script cannot have",
    "A script runs where there is nothing but JavaScript: it may import files of its workspace by relative paths. Packages and Node's modules do not exist there; outside systems are asked by a `call` step.",
  ),
  VRS3104: entry(
    "error",
    "Script without a default export",
    "What a script does is its default export: `export default (message) => …`.",
  ),
  VRS4001: entry("error", "Type mismatch", "The expression's type is not the one that is needed here."),
  VRS4002: entry("error", "Unknown property", "The type has no such property; the message names the nearest one."),
  VRS4003: entry(
    "error",
    "Value that may be missing",
    "The value may be undefined or null and must be handled first: `?.`, `??`, `exists(x)` or a filter.",
  ),
  VRS4004: entry(
    "error",
    "Condition that is not boolean",
    "`filter` and `when` take a boolean: write the comparison out.",
  ),
  VRS4005: entry(
    "error",
    "Field that the contract does not declare",
    "On the way out a contract is closed: a field that it does not declare is an error.",
  ),
  VRS4006: entry("error", "Missing field", "The contract requires a field that this value does not give."),
  VRS4007: entry(
    "error",
    "Body of unknown type",
    "The contract is `any`, so nothing is known about the body here; `validate` it first.",
  ),
  VRS4008: entry(
    "error",
    "Payload that is not JSON",
    "A message can hold text, numbers, booleans, null, lists and objects, not this.",
  ),
  VRS5001: entry(
    "error",
    "Two owners of one address",
    "Two integrations claim the same path, subject or file pattern; each address has one owner.",
  ),
  VRS5002: entry(
    "error",
    "Quota that does not suffice",
    "The tenant's streams may need more storage than its quota grants.",
  ),
  VRS9001: entry(
    "error",
    "Bug in the compiler",
    "A finding could not be tied to a place in the spec. Please report it with the spec.",
  ),
} as const satisfies Record<string, CodeEntry>;

export type Code = keyof typeof codes;

// What a name under the cursor means: a contract, a connection, a target, a step's variable … in the YAML by where it
// stands, in an expression by what it is a member of.

import { kinds } from "../../compiler/2-parse/kinds.ts";
import { expressionAt } from "./expression.ts";
import type { Outline, Path } from "./outline.ts";
import { kindOf, yamlPlace } from "./place.ts";

export type NameKind =
  | "contract"
  | "connection"
  | "fragment"
  | "stream"
  | "target"
  | "step"
  /** In a case: a step by its name, or by what it keeps. */
  | "call"
  | "integration"
  | "file"
  | "variable"
  | "secret"
  | "setting"
  | "parameter";

export interface NameAt {
  readonly kind: NameKind;
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly document: Outline;
}

const members: Readonly<Record<string, NameKind>> = {
  vars: "variable",
  secrets: "secret",
  settings: "setting",
  params: "parameter",
};

export function nameAt(text: string, offset: number): NameAt | undefined {
  const place = yamlPlace(text, offset);
  if (place === undefined) return undefined;
  const { document, path, at } = place;
  const cursor = expressionAt(text, offset);
  if (cursor !== undefined) {
    const { start, end } = cursor.word;
    const owner = ownerIn(text.slice(cursor.start, start));
    const kind = owner === undefined ? undefined : members[owner];
    return kind === undefined ? undefined : { kind, name: text.slice(start, end), start, end, document };
  }
  const word = wordAt(text, offset);
  if (word === undefined) return undefined;
  const name = text.slice(word.start, word.end);
  const kind = at === "key" ? keyKind([...path, name], document) : valueKind(path, name, document);
  return kind === undefined ? undefined : { kind, name, ...word, document };
}

/** The scope whose member comes next; a field of that name (`body.vars.`) is none. */
const ownerIn = (before: string): string | undefined =>
  /(?<![\w$]|(?<!\.\.)\.\s*)(vars|secrets|settings|params)\s*\??\.\s*$/.exec(before)?.[1];

function wordAt(text: string, offset: number): { readonly start: number; readonly end: number } | undefined {
  const before = /[\w@/.-]*$/.exec(text.slice(Math.max(0, offset - 200), offset))?.[0] ?? "";
  const after = /^[\w@/.-]*/.exec(text.slice(offset, offset + 200))?.[0] ?? "";
  return before + after === "" ? undefined : { start: offset - before.length, end: offset + after.length };
}

function keyKind(path: Path, document: Outline): NameKind | undefined {
  const kind = kindOf(document, kinds);
  if (kind === "tests") return caseKey(path);
  if (path.length !== 2) return undefined;
  if (kind === "integration" && path[0] === "targets") return "target";
  if (kind === "connections") return "connection";
  if (kind === "tenant" && path[0] === "streams") return "stream";
  if (kind === "workspace" && path[0] === "settings") return "setting";
  return kind === "fragment" && path[0] === "params" ? "parameter" : undefined;
}

/** What a key of a document of cases is the name of. */
export function caseKey(path: Path): "call" | "target" | undefined {
  const [holder, key, ...below] = path[0] === "cases" ? path.slice(2) : path;
  if (holder === "expect") return below.length === 1 && byTarget.has(String(key)) ? "target" : undefined;
  if (key === undefined || below.length > 0) return undefined;
  return holder === "calls" ? "call" : holder === "answers" ? "target" : undefined;
}

const byTarget: ReadonlySet<string> = new Set(["targets", "retries", "dead", "lost", "drops", "continued"]);

/** Of the document, of a source or of a target. */
export function isStep(path: Path): boolean {
  const [holder] = path;
  const depth = holder === "source" ? 3 : holder === "sources" || holder === "targets" ? 4 : 2;
  return path.length === depth && path.at(-2) === "steps" && typeof path.at(-1) === "number";
}

function valueKind(path: Path, name: string, document: Outline): NameKind | undefined {
  const last = path.findLast((segment) => typeof segment === "string");
  if (/^[A-Za-z][A-Za-z0-9-]*@\d+$/.test(name)) return "contract";
  if (last === "connection") return "connection";
  if (last === "use" || (last === "fragment" && path.length === 1)) return "fragment";
  if (last === "stream") return "stream";
  if (last === "to" && kindOf(document, kinds) !== "workspace") return "target";
  if ((last === "tests" || last === "integration") && path.length === 1) return "integration";
  if (isStep(path.slice(0, -1))) {
    if (last === "as") return "variable";
    if (last === "name") return "step";
  }
  if (path[0] === "secrets" && kindOf(document, kinds) === "tenant") return "secret";
  return last === "template" || last === "script" || last === "file" ? "file" : undefined;
}

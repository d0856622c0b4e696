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
  /** It stands where it is declared. */
  readonly declared: boolean;
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
    return kind === undefined
      ? undefined
      : { kind, name: text.slice(start, end), start, end, document, declared: false };
  }
  const word = wordAt(text, offset);
  if (word === undefined) return undefined;
  const name = text.slice(word.start, word.end);
  const declared = at === "key";
  const kind = declared ? declaredKind([...path, name], document) : usedKind(path, name, document);
  return kind === undefined ? undefined : { kind, name, ...word, document, declared: declared || isOwnName(path) };
}

/** The scope whose member comes next; a field of that name (`body.vars.`) is none. */
const ownerIn = (before: string): string | undefined =>
  /(?<![\w$]|(?<!\.\.)\.\s*)(vars|secrets|settings|params)\s*\??\.\s*$/.exec(before)?.[1];

function wordAt(text: string, offset: number): { readonly start: number; readonly end: number } | undefined {
  const before = /[\w@/.-]*$/.exec(text.slice(Math.max(0, offset - 200), offset))?.[0] ?? "";
  const after = /^[\w@/.-]*/.exec(text.slice(offset, offset + 200))?.[0] ?? "";
  return before + after === "" ? undefined : { start: offset - before.length, end: offset + after.length };
}

/** Of a key. */
function declaredKind(path: Path, document: Outline): NameKind | undefined {
  const kind = kindOf(document, kinds);
  if (path.length !== 2) return undefined;
  if (kind === "integration" && path[0] === "targets") return "target";
  if (kind === "connections") return "connection";
  if (kind === "tenant" && path[0] === "streams") return "stream";
  if (kind === "workspace" && path[0] === "settings") return "setting";
  return kind === "fragment" && path[0] === "params" ? "parameter" : undefined;
}

const isOwnName = (path: Path): boolean =>
  path.at(-1) === "as" || path[0] === "secrets" || path[0] === "integration" || path[0] === "fragment";

/** Of a value. */
function usedKind(path: Path, name: string, document: Outline): NameKind | undefined {
  const last = path.findLast((segment) => typeof segment === "string");
  if (/^[A-Za-z][A-Za-z0-9-]*@\d+$/.test(name)) return "contract";
  if (last === "connection") return "connection";
  if (last === "use" || (last === "fragment" && path.length === 1)) return "fragment";
  if (last === "stream") return "stream";
  if (last === "to" && kindOf(document, kinds) !== "workspace") return "target";
  if ((last === "tests" || last === "integration") && path.length === 1) return "integration";
  if (last === "as") return "variable";
  if (path[0] === "secrets" && kindOf(document, kinds) === "tenant") return "secret";
  return last === "template" || last === "script" || last === "file" ? "file" : undefined;
}

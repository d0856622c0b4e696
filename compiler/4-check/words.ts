// How authors call what TypeScript calls by generated names.

import type { Labels } from "./labels.ts";

/** A contract behind a generated type. */
export interface AuthorsType {
  /** `order@1`, or `the contract of the source`. */
  readonly name: string;
  readonly inline: boolean;
  readonly fields: readonly string[];
}

/** By generated name: `Order_1`. */
export type AuthorsTypes = ReadonlyMap<string, AuthorsType>;

/** How an author calls things, and where they are declared. */
export interface Words {
  readonly types: AuthorsTypes;
  readonly labels: Labels;
}

/** What TypeScript says in the author's words: backticks for TypeScript's quotes, contract names for generated ones, no `readonly`. */
export function inWords(text: string, types: AuthorsTypes): string {
  return text
    .replaceAll(/[A-Za-z_$][A-Za-z0-9_$]*/g, (word) => shown(types.get(word)) ?? word)
    .replaceAll("readonly ", "")
    .replaceAll("$Json", "JSON")
    .replaceAll(/\$(?:Any|Failed)\b/g, "any")
    .replaceAll("$Secret", "secret")
    .replaceAll("$Error", "error")
    .replaceAll(/\$Change<([^<>]*)>/g, "a change of $1")
    .replaceAll(/\$[A-Z][A-Za-z]*<([^<>]*)>/g, "$1")
    .replaceAll(/(?<!\w)'((?:[^'\\]|\\.)*)'(?!\w)/g, "`$1`")
    .replaceAll(/`([^`]*⟦[^`]*)`/g, (_, named: string) => named.replaceAll(" | ", " or "))
    .replaceAll(/[⟦⟧]/g, "");
}

/** An inline contract has no name to quote: what is said of it stands without quotes. */
function shown(type: AuthorsType | undefined): string | undefined {
  return type?.inline === true ? `⟦${type.name}⟧` : type?.name;
}

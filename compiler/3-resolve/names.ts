// "Unknown name" findings, all in one voice: what is unknown, what was probably meant, what there is.

import type { Code } from "../../schema/codes.ts";
import type { Diagnostic } from "../../schema/diagnostic.ts";
import { nearest } from "../nearest.ts";
import { findingAt, type Site } from "../value.ts";

/** `what` is "connection", "target", …; `where` says where it would be declared. */
export function unknownName(
  code: Code,
  site: Site,
  name: string,
  known: Iterable<string>,
  says: { readonly what: string; readonly where: string },
  part: "key" | "value" = "value",
): Diagnostic {
  const names = [...known].sort();
  const guess = nearest(name, names);
  const help =
    guess !== undefined
      ? `Did you mean \`${guess}\`?`
      : names.length === 0
        ? `${says.where} declares none.`
        : `${says.where} has ${names.map((known) => `\`${known}\``).join(", ")}.`;
  return findingAt(code, site, { message: `Unknown ${says.what} \`${name}\`.`, help }, part);
}

// What may stand at a place of an expression that somebody is writing: the expression has a mark there, a name that
// nothing else has, and the types around the mark are those of the check.

import { functions } from "../schema/functions.ts";
import { authorsTypes, moduleName, typedLibrary } from "./4-check/check.ts";
import { printWorker } from "./4-check/print-worker.ts";
import type { Offer, OfferingChecker } from "./4-check/type-checker.ts";
import { inWords } from "./4-check/words.ts";
import type { Span } from "./4-check/writer.ts";
import type { Resolved } from "./compile.ts";
import { integrationsOf } from "./concerned.ts";
import { knownRoots } from "./expression/roots.ts";

/** Stands in the text for what is to come. */
export const mark = "vrsky$here";

export interface Offered {
  /** `members`: behind a dot · `texts`: inside quotes · `names`: at the start of a value. */
  readonly kind: "members" | "texts" | "names";
  readonly offers: readonly Offer[];
}

/** Undefined when the mark is in no expression that is checked. `parameters`: names of callbacks that may be bound. */
export function offersAt(
  { workspace, contracts }: Pick<Resolved, "workspace" | "contracts">,
  checker: OfferingChecker,
  file: string,
  parameters: readonly string[],
): Offered | undefined {
  for (const integration of integrationsOf(workspace, file)) {
    const writer = printWorker(integration, contracts);
    const text = writer.text();
    const offset = text.indexOf(mark);
    if (offset === -1) continue;
    const library = typedLibrary();
    const module = moduleName(integration);
    const before = text.slice(0, offset).trimEnd();
    if (before.endsWith(".") || isQuote(before.at(-1))) {
      const types = authorsTypes(integration, contracts);
      const offers = checker
        .offersAt(library, module, text, offset)
        .map(({ type, ...offer }) => ({ ...offer, ...(type === undefined ? {} : { type: inWords(type, types) }) }));
      return { kind: before.endsWith(".") ? "members" : "texts", offers: offers.filter(({ name }) => isOfData(name)) };
    }
    const names = checker.namesAt(library, module, text, offset, [...knownRoots, ...parameters]);
    const setting = roleAt(writer.spans(), offset) === "setting";
    const bound = names.filter((name) => name !== "secrets" || setting).map((name) => ({ name, method: false }));
    return { kind: "names", offers: [...bound, ...functionOffers] };
  }
  return undefined;
}

const isQuote = (unit: string | undefined): boolean => unit === '"' || unit === "'" || unit === "`";

/** Names of ours are none of the author's. */
const isOfData = (name: string): boolean => !name.startsWith("$") && !name.startsWith("__");

/** The innermost span ends first. */
const roleAt = (spans: readonly Span[], offset: number) =>
  spans.find(({ start, end }) => start <= offset && offset < end)?.role;

const functionOffers: readonly Offer[] = Object.entries(functions).map(([name, { signatures }]) => ({
  name,
  type: signatures[0],
  method: true,
}));

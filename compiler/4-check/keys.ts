// Missing and undeclared keys of a map against its contract. TypeScript reports one mistake per literal and hides the
// rest behind it; authors want all of them, each at its key.

import { isJsonObject } from "../../schema/json.ts";
import type { ContractPlaces } from "../3-resolve/contract-places.ts";
import type { Contracts } from "../3-resolve/contracts.ts";
import { memberOf, type Part, solid, wholePart } from "../contract/part.ts";
import type { Contract } from "../integration.ts";
import { nearest } from "../nearest.ts";
import { findingAt, type MapValue, type Report, type Value } from "../value.ts";

export function checkKeys(
  value: Value,
  contract: Contract,
  contracts: Contracts,
  places: ContractPlaces,
  report: Report,
): void {
  check(value, wholePart(contract.schema), { contract, contracts, places, report });
}

interface Checking {
  readonly contract: Contract;
  readonly contracts: Contracts;
  readonly places: ContractPlaces;
  readonly report: Report;
}

function check(value: Value, declared: Part, checking: Checking): void {
  const part = solid(declared, checking.contracts);
  // Which of several alternatives is meant is left to the type checker.
  if (part === undefined || "oneOf" in part.schema || "anyOf" in part.schema || "allOf" in part.schema) return;
  if (value.kind === "list") {
    const items = memberOf(part, 0);
    if (items !== undefined) for (const item of value.items) check(item, items, checking);
  }
  if (value.kind === "map" && isJsonObject(part.schema.properties)) checkMap(value, part, checking);
}

function checkMap(value: MapValue, part: Part, checking: Checking): void {
  const properties = isJsonObject(part.schema.properties) ? part.schema.properties : {};
  const declared = Object.keys(properties);
  for (const { key, value: entry } of value.entries) {
    const member = memberOf(part, key);
    if (member !== undefined) check(entry, member, checking);
    else if (!Object.hasOwn(properties, key) && isClosed(part)) undeclared(key, entry, declared, part, checking);
  }
  if (value.spread !== undefined) return;
  const given = new Set(value.entries.map((entry) => entry.key));
  const required = Array.isArray(part.schema.required) ? part.schema.required.map(String) : [];
  const missing = required.filter((key) => !given.has(key));
  if (missing.length > 0) absent(missing, value, part, checking);
}

function undeclared(key: string, { site }: Value, declared: readonly string[], part: Part, checking: Checking): void {
  const guess = nearest(key, declared);
  const message = `${nameOf(part, checking, "The")} does not declare \`${key}\`.`;
  const help = guess === undefined ? `Declared are ${declared.join(", ")}.` : `Did you mean \`${guess}\`?`;
  const labels = guess === undefined ? [] : labelAt(guess, `\`${guess}\` is declared here`, part, checking);
  checking.report(findingAt("VRS4005", site, { message, help, labels }, "key"));
}

function absent(missing: readonly string[], { site }: MapValue, part: Part, checking: Checking): void {
  const [first = ""] = missing;
  const several = missing.length > 1;
  const name = nameOf(part, checking, "the");
  const message = `${missing.map((key) => `\`${key}\``).join(", ")} ${several ? "are" : "is"} missing: ${name} requires ${several ? "them" : "it"}.`;
  const labels = labelAt(first, several ? `\`${first}\` is required here` : "required here", part, checking);
  checking.report(findingAt("VRS4006", site, { message, labels }, "key"));
}

function nameOf(part: Part, { contract }: Checking, the: string): string {
  const named = part.contract ?? (contract.inline === true ? undefined : contract.name);
  return named === undefined ? `${the} contract` : `\`${named}\``;
}

function labelAt(key: string, message: string, part: Part, { contract, places }: Checking) {
  const member = memberOf(part, key);
  const place = member === undefined ? undefined : places.at(contract, member);
  return place === undefined ? [] : [{ ...place, message }];
}

/** On the way out a contract is closed unless it says otherwise. */
const isClosed = ({ schema: { additionalProperties } }: Part): boolean =>
  additionalProperties === undefined || additionalProperties === false;

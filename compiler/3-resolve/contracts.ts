// Contracts by name and in the short form: looked up, checked against the supported subset, given their key.

import type { Diagnostic } from "../../schema/diagnostic.ts";
import type { Json, JsonSchema } from "../../schema/json.ts";
import type { ContractProblem } from "../contract/problem.ts";
import { checkSchema } from "../contract/schema.ts";
import { placeInShort, readShort } from "../contract/short.ts";
import type { Contract } from "../integration.ts";
import { finding, findingAt, type Report, type Site } from "../value.ts";
import { unknownName } from "./names.ts";

/** Named contracts of the workspace: `order@1` → schema. */
export type Contracts = ReadonlyMap<string, JsonSchema>;

/** The name that a file of `contracts/` gives to what it holds. */
export const contractName = (path: string): string | undefined =>
  /^contracts\/(?:.*\/)?([a-z][a-z0-9-]*@\d+)\.(?:json|ya?ml)$/.exec(path)?.[1];

const namedContract = /^[a-z][a-z0-9-]*@\d+$/i;

/**
 * Reads `contract:` at a source, step or target. Undefined means `any` or a reported mistake.
 * `key` names inline contracts: they have no name of their own.
 */
export function resolveContract(
  raw: unknown,
  site: Site,
  key: string,
  contracts: Contracts,
  report: Report,
): Contract | undefined {
  if (raw === "any") return undefined;
  if (typeof raw === "string" && namedContract.test(raw.trim())) return named(raw.trim(), site, contracts, report);
  const read = readShort(raw);
  if ("problems" in read) {
    for (const problem of read.problems) report(toDiagnostic(problem, site));
    return undefined;
  }
  const problems = checkSchema(read.schema, (name) => contracts.get(name));
  for (const problem of problems) {
    const place: Site = { spec: site.spec, path: [...site.path, ...placeInShort(raw, problem.path)] };
    if (problem.missing === undefined) report(findingAt("VRS2014", place, problem));
    else report(unknownContract(problem.missing, place, contracts));
  }
  if (problems.length > 0) return undefined;
  return { key, name: inlineName(site), inline: true, schema: read.schema, site };
}

/** `source.contract` → `the contract of the source`; `targets.chat.steps.0.contract` → `the contract of step 1`. */
function inlineName({ path }: Site): string {
  const [owner, last] = path.slice(-3, -1);
  if (owner === "sources") return `the contract of source ${last}`;
  if (typeof last === "number") return `the contract of step ${last + 1}`;
  return owner === "targets" ? `the contract of target ${last}` : "the contract of the source";
}

function named(name: string, site: Site, contracts: Contracts, report: Report): Contract | undefined {
  const schema = contracts.get(name);
  if (schema !== undefined) return { key: name, name, schema, site };
  report(unknownContract(name, site, contracts));
  return undefined;
}

const unknownContract = (name: string, site: Site, contracts: Contracts): Diagnostic =>
  unknownName("VRS2010", site, name, contracts.keys(), { what: "contract", where: "`contracts/`" });

function toDiagnostic(problem: ContractProblem, site: Site): Diagnostic {
  const place: Site = { spec: site.spec, path: [...site.path, ...problem.path] };
  if (problem.offset === undefined) return findingAt("VRS2004", place, problem);
  const start = place.spec.position(place.path, problem.offset);
  return finding("VRS2004", place, { start, end: place.spec.locate(place.path).end }, problem);
}

/** Every contract that a schema refers to, itself not included, in a stable order. */
export function referredContracts(schema: Json, contracts: Contracts): ReadonlyMap<string, JsonSchema> {
  const found = new Map<string, JsonSchema>();
  const visit = (value: Json): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (typeof value === "object" && value !== null) {
      for (const [key, member] of Object.entries(value)) {
        if (key === "$ref" && typeof member === "string" && member.startsWith("contract:")) {
          const name = member.slice("contract:".length);
          const target = contracts.get(name);
          if (target !== undefined && !found.has(name)) {
            found.set(name, target);
            visit(target);
          }
        } else visit(member);
      }
    }
  };
  visit(schema);
  return found;
}

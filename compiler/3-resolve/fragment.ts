// `use`: a fragment's steps put in place. They are read anew at each use, since only there their types are known;
// whatever is found in them names the place of use as well.

import { isJsonObject, type JsonSchema } from "../../schema/json.ts";
import type { FragmentSpec } from "../../schema/spec.gen.ts";
import type { Unchecked } from "../2-parse/spec.ts";
import { readShort } from "../contract/short.ts";
import type { Contract, UseStep } from "../integration.ts";
import { child, findingAt, type MapValue, readValue, type Site } from "../value.ts";
import { resolveContract } from "./contracts.ts";
import { unknownName } from "./names.ts";
import { object } from "./read-keys.ts";
import { messageScope } from "./scope.ts";
import { type Reading, resolveSteps } from "./steps.ts";

export function resolveFragment(name: string, given: unknown, site: Site, reading: Reading): UseStep | undefined {
  const { around, report, fragments } = reading;
  const at = child(site, "use");
  const spec = around.fragments.get(name);
  if (spec === undefined) {
    report(unknownName("VRS2020", at, name, around.fragments.keys(), { what: "fragment", where: "The tenant" }));
    return undefined;
  }
  if (fragments.includes(name)) {
    const message = `Fragment \`${name}\` uses itself: ${[...fragments, name].join(" → ")}.`;
    report(findingAt("VRS2021", at, { message, help: "Steps end: leave one of the uses out." }));
    return undefined;
  }
  const raw: Unchecked<FragmentSpec> = isJsonObject(spec.value) ? spec.value : {};
  const inside: Site = { spec, path: [], via: at };
  const withSite = given === undefined ? at : child(site, "with");
  return {
    kind: "use",
    site,
    fragment: name,
    params: readValue(object(given), withSite, messageScope(reading.roots), report) as MapValue,
    paramsContract: paramsOf(name, raw.params, child(inside, "params"), reading),
    steps: resolveSteps(raw.steps, child(inside, "steps"), {
      ...reading,
      roots: [...new Set([...reading.roots, "params"])],
      fragments: [...fragments, name],
    }),
  };
}

function paramsOf(name: string, raw: unknown, site: Site, { around, report }: Reading): Contract {
  const key = `fragment.${name}.params`;
  const none: JsonSchema = { type: "object", properties: {}, required: [], additionalProperties: false };
  const empty: Contract = { key, name: `\`${name}\``, schema: none, site };
  if (raw === undefined) return empty;
  // The file of the fragment tells what is wrong with its own parameters, once.
  const read = readShort(raw);
  const contract = resolveContract(raw, site, key, around.contracts, report);
  return contract === undefined || "problems" in read ? empty : { ...contract, name: `fragment ${name}` };
}

// The second place of a finding: the field of the contract that it is about, or that it misses.

import type { Label } from "../../schema/diagnostic.ts";
import type { ContractPlaces } from "../3-resolve/contract-places.ts";
import type { Contracts } from "../3-resolve/contracts.ts";
import { allSteps } from "../3-resolve/integration.ts";
import { type Declaring, declaring, memberOf, type Part, partAt, wholePart } from "../contract/part.ts";
import { definitionName, typeName } from "../contract/types.ts";
import type { Contract, Integration } from "../integration.ts";
import type { Site, Value } from "../value.ts";
import { contractsOf } from "./print-types.ts";

export interface Labels {
  /** What declares a generated type (by its name), or an object with exactly these fields; at `near`, if it is one. */
  declared(type: string, fields: readonly string[], near: string | undefined): readonly Label[];
  /** The only field of this name that may be missing. */
  optional(field: string): readonly Label[];
  /** The field that a value is sent as, where a contract says what it must be. */
  wanted(site: Site): readonly Label[];
}

export function labelsFor(integration: Integration, contracts: Contracts, places: ContractPlaces): Labels {
  const used = contractsOf(integration);
  const at = (contract: Contract, part: Part | undefined, message: string): readonly Label[] => {
    const place = part === undefined ? undefined : places.at(contract, part);
    return place === undefined ? [] : [{ ...place, message }];
  };
  const objects = function* (): Generator<readonly [Contract, Declaring]> {
    const seen = new Set<unknown>();
    for (const contract of used) {
      for (const each of declaring(contract.schema, contracts)) {
        if (seen.has(each.part.schema)) continue;
        seen.add(each.part.schema);
        yield [contract, each];
      }
    }
  };
  const only = <T>(all: readonly T[]): T | undefined => (all.length === 1 ? all[0] : undefined);

  return {
    declared: (type, fields, near) => {
      const named = used.find(({ key }) => typeName(key) === type);
      const wanted = fields.toSorted().join();
      const found: readonly [Contract, Part] | undefined =
        named !== undefined
          ? [named, wholePart(named.schema)]
          : only(
              [...objects()].flatMap(([contract, { part, fields: own }]) =>
                isType(part, contract.key, type) || (fields.length > 0 && own.toSorted().join() === wanted)
                  ? [[contract, part] as const]
                  : [],
              ),
            );
      if (found === undefined) return [];
      const [contract, part] = found;
      const field = near === undefined ? undefined : memberOf(part, near);
      return field === undefined
        ? at(contract, part, "declared here")
        : at(contract, field, `\`${near}\` is declared here`);
    },
    optional: (field) => {
      const found = only(
        [...objects()].flatMap(([contract, { part, fields, required }]) =>
          fields.includes(field) && !required.includes(field) ? [[contract, part] as const] : [],
        ),
      );
      return found === undefined
        ? []
        : at(found[0], memberOf(found[1], field), "declared here as one that may be missing");
    },
    wanted: (site) => {
      const pair = contractedValues(integration).find(
        ({ value }) =>
          value.site.spec === site.spec &&
          value.site.path.length < site.path.length &&
          value.site.path.every((key, index) => key === site.path[index]),
      );
      if (pair === undefined) return [];
      const rest = site.path.slice(pair.value.site.path.length);
      const owner = partAt(pair.contract.schema, rest.slice(0, -1), contracts);
      const last = rest.at(-1);
      const part = owner === undefined || last === undefined ? undefined : memberOf(owner, last);
      return at(pair.contract, part, "wanted here");
    },
  };
}

export interface Contracted {
  readonly value: Value;
  readonly contract: Contract;
}

/** Every value that must be what a contract says, and can be looked into. */
export function contractedValues(integration: Integration): readonly Contracted[] {
  const { sources, targets } = integration;
  const ofSteps = allSteps([...sources, integration, ...targets]).flatMap((step): readonly Contracted[] => {
    if (step.kind === "map" && step.contract !== undefined) return [{ value: step.value, contract: step.contract }];
    return step.kind === "use" ? [{ value: step.params, contract: step.paramsContract }] : [];
  });
  const ofTargets = targets.flatMap(({ contract, use }) => {
    if (contract === undefined || use.manifest.target?.payload !== "settings") return [];
    const payload = use.settings.find((setting) => setting.bound === "payload");
    return payload === undefined ? [] : [{ value: payload.value, contract }];
  });
  return [...ofSteps, ...ofTargets];
}

function isType({ contract, path: [group, definition, ...deeper] }: Part, key: string, type: string): boolean {
  const whole = typeName(contract ?? key);
  if (group === undefined) return whole === type;
  return deeper.length === 0 && definitionName(whole, String(group), String(definition)) === type;
}

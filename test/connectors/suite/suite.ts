// The one delivery suite: the same cases over every connector, against real outside systems, a real nats-server and the
// real run time. What does not apply to a connector its rig says, with the reason.

import { afterAll, beforeAll, test } from "vitest";
import { type CaseName, type ConnectorRig, cases, itemContract, type Outside, type Side } from "./rig.ts";
import { sourceCases } from "./source-cases.ts";
import { type Elsewhere, openStage, type Stage } from "./stage.ts";
import { targetCases } from "./target-cases.ts";

export interface SuiteOptions {
  readonly elsewhere?: Elsewhere;
  /** All unless told. */
  readonly only?: readonly CaseName[];
}

export function deliverySuite(rig: ConnectorRig, options: SuiteOptions = {}): void {
  const names = (Object.keys(cases) as CaseName[]).filter((name) => options.only?.includes(name) ?? true);
  const sides = (["source", "target"] as const).filter((side) => rig.sides[side] !== undefined);
  let stage: Stage | undefined;
  beforeAll(async () => {
    stage = await openStage(rig, (outside) => integrationsOf(outside, sides, names), options.elsewhere);
  }, 60_000);
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  });
  for (const side of sides) {
    for (const name of names) {
      if (rig.sides[side]?.[name] !== undefined) continue;
      test(`${rig.name} as a ${side} ${cases[name]}`, async () => {
        if (stage === undefined) throw new Error("there is no stage");
        const run = side === "source" ? sourceCases[name] : targetCases[name];
        await run(stage, `${side}-${name}`, rig);
      });
    }
  }
}

/** Of each case two, so that it has a neighbour. */
function integrationsOf(outside: Outside, sides: readonly Side[], names: readonly CaseName[]) {
  const places = sides.flatMap((side) =>
    names.flatMap((name) => [
      [`${side}-${name}`, side, name] as const,
      ...(name === "isolated" ? [[`${side}-${name}-too`, side, name] as const] : []),
    ]),
  );
  return Object.fromEntries(places.map(([place, side, name]) => [place, integrationOf(outside, side, name, place)]));
}

function integrationOf({ source, target }: Outside, side: Side, name: CaseName, place: string): object {
  if (side === "source") {
    return { source: { contract: itemContract, ...source?.spec(place) }, targets: { out: { ledger: {} } } };
  }
  const batch = name === "batches" ? { batch: { count: 5, within: "50ms" } } : {};
  return {
    source: { ledger: {}, contract: itemContract, "message-id": "${ body.id }" },
    targets: { out: { ...batch, ...target?.spec(place) } },
  };
}

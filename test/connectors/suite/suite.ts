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
  const all = casesOf(rig).filter(({ name }) => options.only?.includes(name) ?? true);
  let stage: Stage | undefined;
  beforeAll(async () => {
    stage = await openStage(rig, (outside) => integrationsOf(outside, all), options.elsewhere);
  }, 60_000);
  afterAll(async () => {
    await stage?.[Symbol.asyncDispose]();
  });
  for (const { side, name } of all) {
    test(`${rig.name} as a ${side} ${cases[name]}`, async () => {
      if (stage === undefined) throw new Error("there is no stage");
      await (side === "source" ? sourceCases : targetCases)[name](stage, `${side}-${name}`, rig);
    });
  }
}

interface Applying {
  readonly side: Side;
  readonly name: CaseName;
}

const isCase = (name: string): name is CaseName => Object.hasOwn(cases, name);

/** What the rig does not exempt. */
const casesOf = ({ sides }: ConnectorRig): readonly Applying[] =>
  (["source", "target"] as const).flatMap((side) => {
    const exempt = sides[side];
    if (exempt === undefined) return [];
    return Object.keys(cases).flatMap((name) => (isCase(name) && exempt[name] === undefined ? [{ side, name }] : []));
  });

/** One for each case, and a second where it needs a neighbour. */
function integrationsOf(outside: Outside, all: readonly Applying[]): Readonly<Record<string, object>> {
  const places = all.flatMap(({ side, name }) => [
    [`${side}-${name}`, side, name] as const,
    ...(name === "isolated" ? [[`${side}-${name}-too`, side, name] as const] : []),
  ]);
  return Object.fromEntries(places.map(([place, side, name]) => [place, integrationOf(outside, side, name, place)]));
}

function integrationOf({ source, target }: Outside, side: Side, name: CaseName, place: string): object {
  if (side === "source") {
    const contract = source?.ownContract === true ? {} : { contract: itemContract };
    const steps = source?.steps === undefined ? {} : { steps: source.steps };
    return { source: { ...contract, ...source?.spec(place) }, ...steps, targets: { out: { ledger: {} } } };
  }
  const batch = name === "batches" ? { batch: { count: 5, within: "50ms" } } : {};
  return {
    source: { ledger: {}, contract: itemContract, "message-id": "${ body.id }" },
    targets: { out: { ...batch, ...target?.spec(place) } },
  };
}

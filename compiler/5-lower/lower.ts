// lower: a checked integration becomes Stages: the code of all its pure steps, fused, and the places that it names.

import type { Place } from "../../schema/bundle.ts";
import type { Contracts } from "../3-resolve/contracts.ts";
import { allSteps } from "../3-resolve/integration.ts";
import type { Checked } from "../4-check/check.ts";
import type { Integration, Step } from "../integration.ts";
import { expressionsIn, type Value } from "../value.ts";
import { createPlaces } from "./places.ts";
import { printWorker } from "./print-worker.ts";
import type { Reads } from "./reads.ts";

export interface Stages {
  readonly integration: Integration;
  /** worker.ts */
  readonly typed: string;
  /** worker.mjs */
  readonly code: string;
  readonly places: readonly Place[];
  /** By number of the place. */
  readonly reads: Readonly<Record<string, Reads>>;
  /** Names of settings and secrets that the code reads, sorted. */
  readonly settings: readonly string[];
  readonly secrets: readonly string[];
}

export function lower(checked: Checked, contracts: Contracts): Stages {
  const { integration, typed } = checked;
  const places = createPlaces();
  const code = printWorker(integration, (name) => contracts.get(name), places);
  const expressions = valuesOf(integration).flatMap(expressionsIn);
  return {
    integration,
    typed,
    code,
    places: places.list(),
    reads: places.reads(),
    settings: sortedUnion(expressions.map((expression) => expression.settings)),
    secrets: sortedUnion(expressions.map((expression) => expression.secrets)),
  };
}

function valuesOf(integration: Integration): readonly Value[] {
  const { sources, targets, route = [], reply, orderBy, objects } = integration;
  const steps = allSteps([...sources, integration, ...targets]);
  const uses = [
    ...sources.flatMap(({ use, poll }) => [use, ...given(poll?.use)]),
    ...targets.map(({ use }) => use),
    ...given(objects?.use),
    ...steps.flatMap((step) => (step.kind === "call" ? [step.use] : [])),
  ];
  return [
    ...uses.flatMap((use) => [...use.settings, ...(use.connection?.settings ?? [])].map(({ value }) => value)),
    ...steps.flatMap(valuesIn),
    ...sources.flatMap(({ messageId, poll }) => [
      ...given(messageId),
      ...given(poll?.more),
      ...given(poll?.items),
      ...given(poll?.cursor?.start),
      ...given(poll?.cursor?.next),
    ]),
    ...route.flatMap((arm) => given(arm.when)),
    ...targets.flatMap(({ when, batch }) => [...given(when), ...given(batch?.by)]),
    ...(reply?.settings ?? []).map(({ value }) => value),
    ...given(orderBy),
  ];
}

function valuesIn(step: Step): readonly Value[] {
  switch (step.kind) {
    case "filter":
      return [step.condition];
    case "split":
      return [step.list];
    case "map":
      return [step.value, ...given(step.when)];
    case "call":
    case "script":
      return given(step.when);
    case "use":
      return [step.params];
    case "validate":
      return [];
  }
}

const given = <T>(value: T | undefined): readonly T[] => (value === undefined ? [] : [value]);

function sortedUnion(sets: readonly ReadonlySet<string>[]): readonly string[] {
  return [...new Set(sets.flatMap((set) => [...set]))].sort();
}

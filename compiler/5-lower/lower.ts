// lower: a checked integration becomes Stages: the code of all its pure steps, fused, and the places that it names.

import type { Place } from "../../schema/bundle.ts";
import type { Contracts } from "../3-resolve/contracts.ts";
import type { Checked } from "../4-check/check.ts";
import type { Integration } from "../integration.ts";
import { expressionsIn, type Value } from "../value.ts";
import { createPlaces } from "./places.ts";
import { printWorker } from "./print-worker.ts";

export interface Stages {
  readonly integration: Integration;
  /** worker.ts */
  readonly typed: string;
  /** worker.mjs */
  readonly code: string;
  readonly places: readonly Place[];
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
    settings: sortedUnion(expressions.map((expression) => expression.settings)),
    secrets: sortedUnion(expressions.map((expression) => expression.secrets)),
  };
}

function valuesOf(integration: Integration): readonly Value[] {
  const { source, targets } = integration;
  const uses = [source.use, ...targets.map((target) => target.use)];
  const steps = [...source.steps, ...integration.steps, ...targets.flatMap((target) => target.steps)];
  return [
    ...uses.flatMap((use) => [...use.settings, ...(use.connection?.settings ?? [])].map((setting) => setting.value)),
    ...steps.flatMap((step) => (step.kind === "filter" ? [step.condition] : [step.value, ...optional(step.when)])),
    ...optional(source.messageId),
    ...(integration.route ?? []).flatMap((arm) => optional(arm.when)),
    ...targets.flatMap((target) => optional(target.when)),
  ];
}

const optional = (value: Value | undefined): readonly Value[] => (value === undefined ? [] : [value]);

function sortedUnion(sets: readonly ReadonlySet<string>[]): readonly string[] {
  return [...new Set(sets.flatMap((set) => [...set]))].sort();
}

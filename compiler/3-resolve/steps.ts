// Steps and conditions of an integration, a source, a target or a fragment.

import { isJsonObject, type JsonObject } from "../../schema/json.ts";
import type { StepSpec } from "../../schema/spec.gen.ts";
import type { Unchecked } from "../2-parse/spec.ts";
import type { Contract, Step } from "../integration.ts";
import { child, findingAt, type MapValue, type Report, readValue, type Site, type Value } from "../value.ts";
import { resolveFragment } from "./fragment.ts";
import type { Surroundings } from "./integration.ts";
import { resolveOnError } from "./on-error.ts";
import { duration, object, resolveRetry } from "./read-keys.ts";
import { messageScope } from "./scope.ts";
import { resolveScript, scriptLimits } from "./script.ts";
import { resolveCall } from "./use.ts";

/** Reads `contract:` of a step; the caller knows the workspace's contracts and how to name an inline one. */
export type ReadContract = (raw: unknown, site: Site) => Contract | undefined;

export interface Reading {
  readonly around: Surroundings;
  readonly contract: ReadContract;
  readonly report: Report;
  /** Names that exist here beside those of every message: `params`, `error`. */
  readonly roots: readonly string[];
  /** Gives a step that owns state its name in the integration. */
  readonly key: (name: string) => string;
  /** Fragments that are being put in place. */
  readonly fragments: readonly string[];
}

const making = ["name", "as", "when", "contract", "on-error"];

/** The keys that each kind of step takes beside its own. */
const takes = {
  filter: ["name"],
  map: making,
  call: making,
  split: ["name"],
  validate: ["name", "on-error"],
  script: making,
  use: ["name", "with"],
} as const satisfies Record<Step["kind"], readonly string[]>;

const isKind = (key: string): key is Step["kind"] => Object.hasOwn(takes, key);
const kinds = Object.keys(takes).filter(isKind);

export function resolveSteps(raw: unknown, site: Site, reading: Reading): readonly Step[] {
  if (!Array.isArray(raw)) return [];
  return raw.flatMap((step: unknown, index) => {
    const read = isJsonObject(step) ? resolveStep(step, child(site, index), reading) : undefined;
    return read === undefined ? [] : [read];
  });
}

export function resolveCondition(
  raw: unknown,
  site: Site,
  { roots, report }: Pick<Reading, "roots" | "report">,
): Value {
  return readValue(raw, site, messageScope(roots), report);
}

function resolveStep(raw: JsonObject, site: Site, reading: Reading): Step | undefined {
  const given = kinds.filter((kind) => raw[kind] !== undefined);
  const [kind] = given;
  if (kind === undefined || given.length > 1) {
    // An unknown key was told: it is probably the kind that was meant.
    if (given.length > 1 || Object.keys(raw).every((key) => known.has(key))) {
      reading.report(oneKind(given, site));
    }
    return undefined;
  }
  for (const key of Object.keys(raw)) {
    if (key === kind || isKind(key) || takes[kind].some((known) => known === key)) continue;
    if (!known.has(key)) continue;
    const message = `A \`${kind}\` step takes no \`${key}\`.`;
    const help = `It takes ${takes[kind].map((name) => `\`${name}\``).join(", ")}.`;
    reading.report(findingAt("VRS2002", child(site, key), { message, help }, "key"));
  }
  return read[kind](raw, site, reading);
}

/** What the schema lets through for some kind of step; anything else it has told. */
const known: ReadonlySet<string> = new Set([...making, "with"]);

function oneKind(given: readonly string[], site: Site) {
  if (given.length > 1) {
    const message = `The step has several kinds: ${given.join(", ")}.`;
    return findingAt("VRS2019", child(site, given[1] ?? ""), { message, help: "Make a step of each." }, "key");
  }
  const help = `Give it one of ${kinds.map((kind) => `\`${kind}:\``).join(" ")}.`;
  return findingAt("VRS2019", site, { message: "The step says nothing to do.", help });
}

type ReadStep = (raw: Unchecked<StepSpec>, site: Site, reading: Reading) => Step | undefined;

const read: Readonly<Record<Step["kind"], ReadStep>> = {
  filter: (raw, site, reading) => ({
    kind: "filter",
    site,
    condition: resolveCondition(raw.filter, child(site, "filter"), reading),
  }),
  map: (raw, site, reading) => {
    if (!isJsonObject(raw.map)) return undefined;
    const value = readValue(raw.map, child(site, "map"), messageScope(reading.roots), reading.report) as MapValue;
    return { kind: "map", ...makingOf(raw, site, reading), value };
  },
  call: (raw, site, reading) => {
    const settings = object(raw.call);
    const use = resolveCall(settings, child(site, "call"), reading.around, reading.roots, reading.report);
    const key = stateKey(raw, "call", site, reading);
    if (use === undefined || key === undefined) return undefined;
    const cache = duration(settings.cache);
    return {
      kind: "call",
      ...makingOf(raw, site, reading),
      key,
      use,
      ...(cache === undefined ? {} : { cache }),
      ...(settings.retry === undefined ? {} : { retry: resolveRetry(settings.retry, undefined) }),
    };
  },
  split: (raw, site, reading) => ({
    kind: "split",
    site,
    list: readValue(raw.split, child(site, "split"), messageScope(reading.roots), reading.report),
  }),
  validate: (raw, site, reading) => {
    const contract = reading.contract(raw.validate, child(site, "validate"));
    const onError = resolveOnError(raw["on-error"], child(site, "on-error"), true, reading.report);
    return { kind: "validate", site, onError, ...(contract === undefined ? {} : { contract }) };
  },
  script: (raw, site, reading) => {
    const settings = typeof raw.script === "string" ? { file: raw.script } : object(raw.script);
    const key = stateKey(raw, "script", site, reading);
    if (typeof settings.file !== "string" || key === undefined) return undefined;
    const at = child(site, "script");
    const fileSite = typeof raw.script === "string" ? at : child(at, "file");
    const script = resolveScript(settings.file, fileSite, reading.around, reading.report);
    if (script === undefined) return undefined;
    return {
      kind: "script",
      ...makingOf(raw, site, reading),
      key,
      file: settings.file,
      fileSite,
      ...script,
      ...scriptLimits(settings, at, reading.report),
    };
  },
  use: (raw, site, reading) =>
    typeof raw.use === "string" ? resolveFragment(raw.use, raw.with, site, reading) : undefined,
};

function makingOf(raw: Unchecked<StepSpec>, site: Site, reading: Reading) {
  const contract = raw.contract === undefined ? undefined : reading.contract(raw.contract, child(site, "contract"));
  return {
    site,
    onError: resolveOnError(raw["on-error"], child(site, "on-error"), true, reading.report),
    ...(typeof raw.as === "string" ? { as: raw.as } : {}),
    ...(raw.when === undefined ? {} : { when: resolveCondition(raw.when, child(site, "when"), reading) }),
    ...(contract === undefined ? {} : { contract }),
  };
}

function stateKey(raw: Unchecked<StepSpec>, kind: string, site: Site, reading: Reading): string | undefined {
  const name = raw.name ?? raw.as;
  if (typeof name === "string") return reading.key(name);
  reading.report(
    findingAt(
      "VRS2022",
      child(site, kind),
      {
        message: `This \`${kind}\` has no name.`,
        help: "Give the step a `name`, or keep its result with `as`: caches, tests and traces call it so.",
      },
      "key",
    ),
  );
  return undefined;
}

// A rollout: the new bundle of an integration runs beside the stable one, on a share of the keys, until its figures
// promote it or give it up. The terms come with the deployment record; what is known of the two and what was decided is
// one record that all workers write with compare-and-set, so that no decision is made on figures that are old.

import { isJsonObject, type Json, type JsonObject } from "./json.ts";

/** Shares are counted in these: the canary's and the stable's are always all of them. */
export const allParts = 10_000;

/** What the author's `rollout` says. */
export interface RolloutTerms {
  /** Of the keys that the canary runs, in parts of 10,000. */
  readonly share: number;
  /** Milliseconds that it runs before it is promoted; time in which no worker runs does not count. */
  readonly forMs: number;
  /** First attempts that must have ended by then. */
  readonly messages: number;
  readonly abortWhen: AbortWhen;
}

export interface AbortWhen {
  /** So many dead letters; absent: more than the stable bundle's rate explains. */
  readonly dead?: number;
  /** Attempts that fail, per cent. `beyond`: so many points more than the stable bundle's. */
  readonly errors: { readonly percent: number; readonly beyond: boolean };
}

/** Part of a deployment record. */
export interface Canary extends RolloutTerms {
  readonly bundle: string;
  /** Of the record with which it began; both together tell it from every other rollout of the integration. */
  readonly revision: number;
  readonly at: string;
}

/** What became of messages at targets. Nothing of what they say. */
export interface EditionCounts {
  /** First attempts. */
  readonly messages: number;
  readonly attempts: number;
  /** Attempts that failed, whatever `on-error` made of it. */
  readonly errors: number;
  readonly dead: number;
}

export interface SideBySide {
  readonly stable: EditionCounts;
  readonly canary: EditionCounts;
}

export interface Decision {
  readonly kind: "promoted" | "rolled-back";
  /** ISO 8601. */
  readonly at: string;
  /** A person; absent: the figures decided. */
  readonly by?: string;
  readonly reason: string;
}

/** The message on `rolloutSubject`. */
export interface RolloutRecord extends Pick<Canary, "bundle" | "revision" | "at"> {
  /** How long it has run by the workers' steady clocks, milliseconds. */
  readonly ageMs: number;
  /** By a name that a worker gives itself; those that wrote last come last. */
  readonly workers: Readonly<Record<string, SideBySide>>;
  /** Of those that have not written for long. */
  readonly others: SideBySide;
  readonly decision?: Decision;
}

export const noCounts: EditionCounts = { messages: 0, attempts: 0, errors: 0, dead: 0 };
export const nothingCounted: SideBySide = { stable: noCounts, canary: noCounts };

export const sameRollout = (
  one: Pick<Canary, "bundle" | "revision" | "at">,
  other: Pick<Canary, "bundle" | "revision" | "at">,
): boolean => one.bundle === other.bundle && one.revision === other.revision && one.at === other.at;

export const plus = (one: SideBySide, other: SideBySide): SideBySide => ({
  stable: plusCounts(one.stable, other.stable),
  canary: plusCounts(one.canary, other.canary),
});

const plusCounts = (one: EditionCounts, other: EditionCounts): EditionCounts => ({
  messages: one.messages + other.messages,
  attempts: one.attempts + other.attempts,
  errors: one.errors + other.errors,
  dead: one.dead + other.dead,
});

/** Of all workers that ever ran it. */
export const sumOf = ({ workers, others }: RolloutRecord): SideBySide => Object.values(workers).reduce(plus, others);

/** As part of a deployment record; undefined for what is none. */
export function readCanary(value: Json | undefined): Canary | undefined {
  if (!isJsonObject(value)) return undefined;
  const { bundle, revision, at, share, forMs, messages, abortWhen } = value;
  const numbers = [revision, share, forMs, messages];
  if (typeof bundle !== "string" || typeof at !== "string" || !isJsonObject(abortWhen)) return undefined;
  if (!numbers.every((each) => typeof each === "number" && each >= 0)) return undefined;
  const { dead, errors } = abortWhen;
  if (!isJsonObject(errors) || typeof errors.percent !== "number") return undefined;
  return {
    bundle,
    at,
    revision: Number(revision),
    share: Math.min(allParts, Number(share)),
    forMs: Number(forMs),
    messages: Number(messages),
    abortWhen: {
      ...(typeof dead === "number" ? { dead } : {}),
      errors: { percent: errors.percent, beyond: errors.beyond === true },
    },
  };
}

/** Undefined for what is no such record. */
export function readRolloutRecord(value: Json | undefined): RolloutRecord | undefined {
  if (!isJsonObject(value)) return undefined;
  const { bundle, revision, at, ageMs, workers, others, decision } = value;
  if (typeof bundle !== "string" || typeof at !== "string" || typeof revision !== "number") return undefined;
  const decided = readDecision(decision);
  return {
    bundle,
    revision,
    at,
    ageMs: isCount(ageMs) ? ageMs : 0,
    workers: isJsonObject(workers)
      ? Object.fromEntries(Object.entries(workers).map(([name, each]) => [name, readBoth(each)]))
      : {},
    others: readBoth(others),
    ...(decided === undefined ? {} : { decision: decided }),
  };
}

function readDecision(value: Json | undefined): Decision | undefined {
  if (!isJsonObject(value)) return undefined;
  const { kind, at, by, reason } = value;
  if ((kind !== "promoted" && kind !== "rolled-back") || typeof at !== "string") return undefined;
  return { kind, at, reason: String(reason ?? ""), ...(typeof by === "string" ? { by } : {}) };
}

const readBoth = (value: Json | undefined): SideBySide =>
  isJsonObject(value) ? { stable: readCounts(value.stable), canary: readCounts(value.canary) } : nothingCounted;

function readCounts(value: Json | undefined): EditionCounts {
  const from: JsonObject = isJsonObject(value) ? value : {};
  // Whoever has a worker's login can write anything there.
  const figure = (key: string): number => (isCount(from[key]) ? from[key] : 0);
  return { messages: figure("messages"), attempts: figure("attempts"), errors: figure("errors"), dead: figure("dead") };
}

const isCount = (value: Json | undefined): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

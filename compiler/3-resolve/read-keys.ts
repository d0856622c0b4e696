// Small readings that several parts of the language share: durations, sizes, retries, limits.

import type { RetryPolicy } from "../../schema/bundle.ts";
import { isJsonObject, type JsonObject } from "../../schema/json.ts";
import type { RetrySpec } from "../../schema/spec.gen.ts";
import { parseDuration, parseSize } from "../../schema/units.ts";
import type { Unchecked } from "../2-parse/spec.ts";
import type { Limit } from "../integration.ts";
import { retryDefaults } from "./defaults.ts";

/** Milliseconds. */
export const duration = (raw: unknown): number | undefined =>
  typeof raw === "string" ? parseDuration(raw) : undefined;

/** Bytes. */
export const size = (raw: unknown): number | undefined => (typeof raw === "string" ? parseSize(raw) : undefined);

export const object = (raw: unknown): JsonObject => (isJsonObject(raw) ? raw : {});

export function resolveRetry(own: unknown, inherited: unknown): RetryPolicy {
  const merged: Unchecked<RetrySpec> = { ...object(inherited), ...object(own) };
  const attempts = merged.attempts;
  return {
    for: duration(merged.for) ?? retryDefaults.for,
    initial: duration(merged.initial) ?? retryDefaults.initial,
    max: duration(merged.max) ?? retryDefaults.max,
    multiplier: typeof merged.multiplier === "number" ? merged.multiplier : retryDefaults.multiplier,
    ...(typeof attempts === "number" ? { attempts } : {}),
  };
}

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

/** `20/s` */
export function rate(raw: unknown): Limit["rate"] {
  const [, count = "", unit = ""] = /^(\d+)\/([smh])$/.exec(String(raw)) ?? [];
  const perMs = units[unit];
  return perMs === undefined ? undefined : { count: Number(count), perMs };
}

export function resolveLimit(raw: unknown): Limit | undefined {
  if (!isJsonObject(raw)) return undefined;
  const given = rate(raw.rate);
  return {
    ...(given === undefined ? {} : { rate: given }),
    ...(typeof raw.concurrency === "number" ? { concurrency: raw.concurrency } : {}),
  };
}

// Logs: JSON lines on stderr, secrets masked. Payloads are never given to it.

import pino from "pino";
import type { Log } from "../schema/connector.ts";
import { isJsonObject, type Json, type JsonObject } from "../schema/json.ts";
import type { Mask } from "./mask.ts";

export interface LogOptions {
  /** "info" unless told. */
  readonly level?: "info" | "warn" | "silent";
  /** Where lines go, each with its line end; stderr unless told. */
  readonly write?: (line: string) => void;
}

export function createLog(options: LogOptions = {}): Log {
  const { write } = options;
  const settings = { level: options.level ?? "info", base: null, timestamp: pino.stdTimeFunctions.isoTime };
  const logger =
    write === undefined ? pino(settings, pino.destination({ fd: 2, sync: true })) : pino(settings, { write });
  return {
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
  };
}

/** The same log with fields on every line and secret values masked in all of them. */
export function scopedLog(log: Log, fields: JsonObject, mask: Mask): Log {
  const all = (own: JsonObject): JsonObject => masked({ ...fields, ...own }, mask);
  return {
    info: (own, message) => log.info(all(own), mask(message)),
    warn: (own, message) => log.warn(all(own), mask(message)),
  };
}

function masked(fields: JsonObject, mask: Mask): JsonObject {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, maskedValue(value, mask)]));
}

function maskedValue(value: Json, mask: Mask): Json {
  if (typeof value === "string") return mask(value);
  if (isJsonObject(value)) return masked(value, mask);
  return Array.isArray(value) ? value.map((member: Json) => maskedValue(member, mask)) : value;
}

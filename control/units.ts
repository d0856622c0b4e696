// Figures as people say them. Exact, or left as they are: a plan must not round.

import { isArchive, objectStream } from "../schema/address.ts";
import type { Json } from "../schema/json.ts";

const sizes: readonly (readonly [string, number])[] = [
  ["TiB", 1024 ** 4],
  ["GiB", 1024 ** 3],
  ["MiB", 1024 ** 2],
  ["KiB", 1024],
];
const durations: readonly (readonly [string, number])[] = [
  ["d", 86_400e9],
  ["h", 3_600e9],
  ["m", 60e9],
  ["s", 1e9],
  ["ms", 1e6],
];

const sizeFields: ReadonlySet<string> = new Set(["max_bytes", "max_msg_size"]);
const durationFields: ReadonlySet<string> = new Set([
  "max_age",
  "duplicate_window",
  "ack_wait",
  "subject_delete_marker_ttl",
]);

/** The value of a JetStream field: sizes in bytes and durations in nanoseconds get their unit, -1 is "unlimited". */
export function humanValue(field: string, value: Json): string {
  if (typeof value === "number") return humanNumber(field, value);
  if (value === null) return "(none)";
  if (typeof value === "string") return visible(isHash(field) ? value.slice(0, 12) : value);
  if (Array.isArray(value)) return value.map((item) => humanValue(field, item)).join(", ");
  return typeof value === "object" ? visible(JSON.stringify(value)) : String(value);
}

function humanNumber(field: string, value: number): string {
  if (field.startsWith("max_") && value === -1) return "unlimited";
  if (sizeFields.has(field)) return inUnits(value, sizes, "B");
  if (durationFields.has(field)) return inUnits(value, durations, "ns");
  return String(value);
}

/** `3.5 GiB`: two decimals at most, and exact. */
export function humanSize(bytes: number): string {
  const [unit, size] = sizes.find(([, size]) => bytes >= size && (bytes * 100) % size === 0) ?? ["B", 1];
  return bytes === 0 ? "0" : `${bytes / size} ${unit}`;
}

function inUnits(value: number, units: readonly (readonly [string, number])[], smallest: string): string {
  const [unit, size] = units.find(([, size]) => value >= size && value % size === 0) ?? [smallest, 1];
  return value === 0 ? "0" : `${value / size} ${unit}`;
}

const isHash = (field: string): boolean => field === "bundle" || field === "canary";

/**
 * Text of others on one line, for a terminal as for a page: line breaks, other control characters and those that turn
 * the direction of a text are shown as what they are not.
 */
export const visible = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu, "\u{fffd}");

/** `1 message`, `12 messages`. */
export const counted = (count: number, one: string): string => `${count} ${count === 1 ? one : `${one}s`}`;

/** What goes with a stream, a consumer, an object bucket: `3 unread messages`, `5 archived messages`, `2 large contents`. */
export const lostWith = (name: string, count: number): string =>
  counted(
    count,
    name.startsWith(objectStream("")) ? "large content" : `${isArchive(name) ? "archived" : "unread"} message`,
  );

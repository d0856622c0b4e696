// Wanted and live configuration field by field: only the fields that we set, with the server's defaults put where it
// leaves a field out. And which differences JetStream cannot take in place.

import { canonical } from "../schema/canonical.ts";
import { isJsonObject, type Json, type JsonObject } from "../schema/json.ts";
import type { FieldChange } from "../schema/plan.ts";
import { owned } from "../schema/topology.ts";
import { ruleOf, takesInPlace } from "./field-rules.ts";
import { metadataOf } from "./jetstream-api.ts";
import { saidOnce } from "./server-defaults.ts";

/** From what is there to what is wanted, in the order in which the wanted fields are written. */
export function compareConfig(wanted: JsonObject, live: JsonObject): readonly FieldChange[] {
  const optionals = optionalIn(live).filter((field) => (live[field] ?? false) !== false);
  const fields = [...new Set([...Object.keys(wanted), ...optionals])]
    .filter((field) => field !== "metadata")
    .flatMap((field) => compareField(field, wanted[field] ?? null, live[field]));
  if (fields.length > 0) return fields;
  const hash = compareField(`metadata.${owned.hash}`, hashOf(wanted), hashOf(live));
  return hash.length > 0 ? hash : compareOwner(wanted, live);
}

/** What somebody else has set and we do not: from the server's default to what is there. */
export function othersFields(
  wanted: JsonObject,
  live: JsonObject,
  defaults: Readonly<Record<string, Json>>,
): readonly FieldChange[] {
  const fields = Object.entries(live)
    .filter(([field]) => !(field in wanted) && !optional.includes(field) && !saidOnce.has(field))
    .flatMap(([field, value]) => compareField(field, value, defaults[field]));
  const tags = Object.entries(lastingMetadata(live))
    .filter(([key]) => !key.startsWith("vrsky."))
    .map(([key, to]) => ({ field: `metadata.${key}`, from: null, to }));
  return [...fields.filter(({ field }) => field !== "metadata"), ...tags];
}

/** Hash of the wanted configuration that the metadata carries; null when it carries none. */
export function hashOf(config: JsonObject): Json {
  return metadataOf(config)[owned.hash] ?? null;
}

/** Every field of something that is not there yet. */
export function allFields(wanted: JsonObject): readonly FieldChange[] {
  return Object.entries(wanted)
    .filter(([field]) => field !== "metadata" && field !== "name" && field !== "durable_name")
    .map(([field, to]) => ({ field, from: null, to }));
}

/** The update to send: fields that we do not set stay as they are, optional ones that we no longer set go. */
export function merged(wanted: JsonObject, live: JsonObject): JsonObject {
  const taken = optionalIn(live);
  const kept = Object.entries(live).filter(([field]) => !taken.includes(field));
  const metadata = { ...lastingMetadata(live), ...metadataOf(wanted) };
  return { ...Object.fromEntries(kept), ...wanted, metadata };
}

const passing: readonly string[] = [owned.copyOf, owned.took];

/** An apply that moves its messages was cut short: what is different was made so by that. */
export const isBeingMoved = (config: JsonObject): boolean => passing.some((key) => key in metadataOf(config));

/** Without what the server writes there itself and what is only true while messages are moved. */
export function lastingMetadata(config: JsonObject): JsonObject {
  const lasting = Object.entries(metadataOf(config)).filter(
    ([key]) => !key.startsWith("_nats.") && !passing.includes(key) && key !== owned.placed,
  );
  return Object.fromEntries(lasting);
}

/** As plain JSON data, without members that are undefined. */
export function plain(config: object): JsonObject {
  const value: unknown = JSON.parse(JSON.stringify(config));
  return isJsonObject(value) ? value : {};
}

/** Fields that we set on some objects only, or never because they would change what a message goes through. */
const optional = ["republish", "sources", "mirror", "sealed", "subject_transform", "no_ack", "discard_new_per_subject"];

/** Where somebody else placed a stream, it stays; where we did, it goes when nobody wants it there any more. */
const optionalIn = (live: JsonObject): readonly string[] =>
  metadataOf(live)[owned.placed] === undefined ? optional : [...optional, "placement"];

function compareOwner(wanted: JsonObject, live: JsonObject): readonly FieldChange[] {
  const there = metadataOf(live);
  return Object.entries(metadataOf(wanted)).flatMap(([key, value]) =>
    compareField(`metadata.${key}`, value, there[key]),
  );
}

function compareField(field: string, wanted: Json, live: Json | undefined): readonly FieldChange[] {
  const from = live ?? absent(wanted);
  return normal(field, wanted) === normal(field, from) ? [] : [{ field, from, to: wanted }];
}

/** What a field means that the server leaves out of its answer. */
function absent(wanted: Json): Json {
  if (typeof wanted === "boolean") return false;
  if (Array.isArray(wanted)) return [];
  return typeof wanted === "number" ? 0 : null;
}

function normal(field: string, value: Json): string {
  if (field.startsWith("max_") && value === -1) return "0";
  if (field === "subjects" && Array.isArray(value)) return canonical([...value].sort());
  return canonical(value);
}

/** True when JetStream refuses the update: the object has to be made anew, with its messages. */
export function needsReplacing({ field, from, to }: FieldChange): boolean {
  const rule = ruleOf(field);
  return rule !== undefined && !takesInPlace(rule, from, to);
}

/** A list of texts in a configuration; empty when it is none. */
export function jsonTexts(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

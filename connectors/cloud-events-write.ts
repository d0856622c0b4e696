// A message to a CloudEvent: attributes from the target's settings, id and time from the message, so that every attempt
// is the same event and a receiver can know a repeat. Errors name the setting, never its value.

import type { Delivery, TargetContext } from "../schema/connector.ts";
import type { Json, JsonObject } from "../schema/json.ts";
import { attributeName, flawOf, isInteger, optional, required, reserved, specversion } from "./cloud-events.ts";
import { encodeHeader } from "./cloud-events-text.ts";
import { choiceSetting, objectSetting, textSetting } from "./setting.ts";

export interface WrittenEvent {
  /** Lower-case names, `content-type` not among them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly type: string;
  /** JSON text. */
  readonly bytes: string;
}

/** Where the event comes from when nobody says: the target of an integration. */
export type Origin = Pick<TargetContext, "tenant" | "integration" | "name">;

export type Marked = Pick<Delivery, "id" | "receivedAt">;

/** Throws an Error with one line for what can never be an event. */
export function writeEvent(settings: JsonObject, from: Origin, marks: Marked, data: Json): WrittenEvent {
  const attributes = attributesOf(settings, from, marks);
  if (choiceSetting(settings, "mode", ["binary", "structured"]) === "structured") {
    const event = { specversion, ...attributes, datacontenttype: "application/json", data };
    return { headers: {}, type: "application/cloudevents+json; charset=utf-8", bytes: JSON.stringify(event) };
  }
  const named = Object.entries({ specversion, ...attributes }).map(
    ([name, value]) => [`ce-${name}`, encodeHeader(String(value))] as const,
  );
  return { headers: Object.fromEntries(named), type: "application/json", bytes: JSON.stringify(data) };
}

type Attribute = string | number | boolean;

function attributesOf(settings: JsonObject, from: Origin, { id, receivedAt }: Marked): Record<string, Attribute> {
  const derived: Record<string, string | undefined> = {
    id,
    source: `/${from.tenant}/${from.integration}/${from.name}`,
    time: receivedAt,
  };
  const attributes: Record<string, Attribute> = {};
  for (const name of [...required, ...optional]) {
    const value = textSetting(settings, name) ?? derived[name];
    if (value === undefined) continue;
    checked(name, value);
    attributes[name] = value;
  }
  if (attributes.type === undefined) throw new Error("`cloudevents.type` is missing");
  for (const [name, value] of Object.entries(objectSetting(settings, "extensions") ?? {})) {
    if (value === null) continue;
    if (!attributeName.test(name) || reserved.includes(name)) {
      throw new Error("`cloudevents.extensions` has a name that no extension can have");
    }
    attributes[name] = extension(name, value);
  }
  return attributes;
}

function extension(name: string, value: Json): Attribute {
  if (typeof value === "boolean") return value;
  if (typeof value === "number" && isInteger(value)) return value;
  if (typeof value !== "string") {
    throw new Error(`\`cloudevents.extensions.${name}\` must be a text, a whole number of 32 bits or a boolean`);
  }
  checked(name, value, "extensions.");
  return value;
}

function checked(name: string, value: string, under = ""): void {
  const flaw = flawOf(name, value);
  if (flaw !== undefined) throw new Error(`\`cloudevents.${under}${name}\` ${flaw}`);
}

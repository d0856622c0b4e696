// What people can write about CloudEvents, the same under every connector that carries them.

import type { SettingsSchema } from "../schema/connector.ts";
import type { JsonSchema } from "../schema/json.ts";
import { reserved } from "./cloud-events.ts";

/** Of a source. */
export const envelope: SettingsSchema = {
  enum: ["cloudevents"],
  "x-vrsky-constant": true,
  description:
    "What is around the body. `cloudevents`: each message is a CloudEvent 1.0, in binary or in structured mode as its sender likes; the body is its `data`, and its attributes are in `meta.event`.",
  examples: ["cloudevents"],
};

const text = { type: "string", minLength: 1 } as const;

/** Of a source with that envelope: what is added to `meta`. */
export const eventMetaWhen = {
  setting: "envelope",
  is: "cloudevents",
  meta: {
    type: "object",
    additionalProperties: false,
    required: ["event"],
    properties: {
      event: {
        type: "object",
        description:
          "With `envelope: cloudevents`: the event's attributes `id`, `source`, `type`, where it has them `subject`, `time` and `dataschema`, and all others as texts in `extensions`.",
        additionalProperties: false,
        required: ["id", "source", "type", "extensions"],
        properties: {
          id: text,
          source: text,
          type: text,
          subject: text,
          time: text,
          dataschema: text,
          extensions: { type: "object", additionalProperties: { type: "string" } },
        },
      },
    },
  },
} as const satisfies { readonly meta: JsonSchema } & Record<string, unknown>;

/** Of a target. */
export const cloudevents: SettingsSchema = {
  type: "object",
  "x-vrsky-per-message": "text",
  additionalProperties: false,
  required: ["type"],
  description:
    "What is sent is a CloudEvent 1.0 whose `data` is the body. Its `id` is the message's, the same on every attempt, and its `time` is when the message came.",
  examples: [{ mode: "structured", type: "com.example.order.paid", subject: "${ body.id }" }],
  properties: {
    mode: {
      enum: ["binary", "structured"],
      default: "binary",
      description: "`binary`: attributes in headers, the data as it is. `structured`: all of it in one JSON object.",
      examples: ["structured"],
    },
    type: { ...text, description: "What has happened.", examples: ["com.example.order.paid"] },
    source: {
      ...text,
      description: "Where it happened, a URI reference; `/<tenant>/<integration>/<target>` unless told.",
      examples: ["https://shop.example.com/orders"],
    },
    subject: { ...text, description: "What it happened to.", examples: ["${ body.id }"] },
    dataschema: {
      ...text,
      description: "URI of the schema that the data has.",
      examples: ["https://example.com/schemas/order-1.json"],
    },
    id: {
      ...text,
      description: "Instead of the message's id; together with `source` it must be no other event's.",
      examples: ["${ body.eventId }"],
    },
    time: { ...text, description: "Instead of the time of arrival.", examples: ["${ body.paidAt }"] },
    extensions: {
      type: "object",
      additionalProperties: { type: ["string", "number", "boolean"] },
      propertyNames: { pattern: "^[a-z0-9]+$", not: { enum: [...reserved] } },
      description: "Further attributes; names are lower-case letters and digits.",
      examples: [{ partitionkey: "${ body.customer }" }],
    },
  },
};

// What people can write under `nats:`. Plain data, cheap to import.

import type { Manifest } from "../../schema/connector.ts";
import { cloudevents, envelope, eventMetaWhen } from "../cloud-events-manifest.ts";

export const natsManifest: Manifest = {
  name: "nats",
  title: "NATS",
  description: "Reads and publishes JSON messages in the tenant's own account.",
  stability: "stable",
  source: {
    settings: {
      type: "object",
      additionalProperties: false,
      minProperties: 1,
      properties: {
        subject: {
          type: "string",
          "x-vrsky-constant": true,
          pattern: "^[^\\s]+$",
          maxLength: 512,
          description: "Subject to read, wildcards allowed; core NATS unless a `stream` is named.",
          examples: ["orders.new", "orders.*"],
        },
        stream: {
          type: "string",
          "x-vrsky-constant": true,
          pattern: "^[^\\s.*>/]+$",
          description: "A JetStream stream of the account to read from, with its acknowledgements.",
          examples: ["ORDERS"],
        },
        bucket: {
          type: "string",
          "x-vrsky-constant": true,
          pattern: "^[A-Za-z0-9_-]+$",
          description: "A KV bucket of the account: what is put there comes, the values that it holds already first.",
          examples: ["prices"],
        },
        key: {
          type: "string",
          "x-vrsky-constant": true,
          pattern: "^[A-Za-z0-9_=/.*-]+(\\.>)?$|^>$",
          description: "Of a `bucket`: which keys, wildcards allowed; all unless told.",
          examples: ["eu.*"],
        },
        deletes: {
          type: "boolean",
          default: false,
          description: "Of a `bucket`: whether keys that are deleted come too, with `null` as the body.",
          examples: [true],
        },
        format: {
          enum: ["json", "text"],
          default: "json",
          description: "How the message's data is read.",
          examples: ["text"],
        },
        envelope,
      },
      if: { required: ["bucket"] },
      // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
      then: { properties: { subject: false, stream: false, envelope: false } },
      else: { required: ["subject"], properties: { key: false, deletes: false } },
      dependentSchemas: { envelope: { properties: { format: false } } },
    },
    meta: {
      type: "object",
      additionalProperties: false,
      required: ["subject"],
      properties: {
        subject: { type: "string", description: "Subject that it was published to." },
        key: { type: "string", description: "Of a `bucket`: the key." },
        sequence: { type: "integer", description: "Of a `stream` or `bucket`: its place there, a bucket's revision." },
      },
    },
    metaWhen: eventMetaWhen,
    owns: "subject",
    delivery:
      "From a stream or a bucket: at least once, and what comes again keeps its id; of a stream that is the publisher's `Nats-Msg-Id`, where there is one. From a subject alone: at most once up to the intake, as core NATS is; each message goes to one of the workers.",
    errors: [
      {
        when: "a message cannot be read as its `format` or `envelope`, or does not fit the contract",
        result: "refused",
      },
      { when: "NATS is away, or the stream is not there", result: "disconnected" },
    ],
  },
  target: {
    settings: {
      type: "object",
      additionalProperties: false,
      properties: {
        bucket: {
          type: "string",
          "x-vrsky-constant": true,
          pattern: "^[A-Za-z0-9_-]+$",
          description: "A KV bucket of the account to put the body into.",
          examples: ["prices"],
        },
        key: {
          type: "string",
          "x-vrsky-per-message": "token",
          pattern: "^[A-Za-z0-9_=/.-]+$|\\$\\{",
          maxLength: 512,
          description: "Of a `bucket`: under which key; each `${ … }` is one part between dots.",
          examples: ["${ body.sku }", "eu.${ body.sku }"],
        },
        subject: {
          type: "string",
          "x-vrsky-per-message": "token",
          pattern: "^[^\\s*>]+$|\\$\\{",
          maxLength: 512,
          description: "Subject to publish to; each `${ … }` is one token.",
          examples: ["orders.paid", "orders.${ body.country }"],
        },
        cloudevents,
      },
      if: { required: ["bucket"] },
      // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
      then: { required: ["key"], properties: { subject: false, cloudevents: false } },
      else: { required: ["subject"], properties: { key: false } },
    },
    payload: "body",
    seen: ["bucket", "key", "subject", "cloudevents.mode", "cloudevents.type", "cloudevents.source"],
    batches: true,
    inFlight: 256,
    delivery:
      "Into a `bucket`: acknowledged, the last one stays. Where a stream captures the subject: acknowledged by it, and one effect within the stream's duplicate window (`Nats-Msg-Id`, of the integration, the target and the message). Elsewhere: handed to the server, at most once from there.",
    errors: [
      { when: "an attribute of `cloudevents` can be none", result: "permanent", class: "invalid" },
      {
        when: "the message is larger than the server takes, or the key is none that a bucket may have",
        result: "permanent",
        class: "rejected",
      },
      {
        when: "NATS is not connected, the stream refuses it, or the worker has no right to publish there",
        result: "transient",
        class: "unavailable",
      },
      { when: "the stream did not acknowledge it", result: "unknown", class: "unavailable" },
    ],
  },
  examples: [
    {
      title: "Paid orders by country",
      spec: [
        "integration: paid-orders",
        "source: { http: { path: /orders }, contract: { id: string, country: string, status: string } }",
        "steps:",
        '  - filter: ${ body.status === "paid" }',
        "targets:",
        '  bus: { nats: { subject: "orders.${ body.country }" } }',
      ],
    },
    {
      title: "CloudEvents from a subject, sent on as such",
      spec: [
        "integration: paid-events",
        "source: { nats: { subject: events.orders, envelope: cloudevents }, contract: { id: string } }",
        "targets:",
        "  bus:",
        "    nats:",
        "      subject: events.paid",
        '      cloudevents: { type: com.example.order.paid, source: "${ meta.event.source }", subject: "${ body.id }" }',
      ],
    },
  ],
};

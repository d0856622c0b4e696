// What people can write under `nats:`. Plain data, cheap to import.

import type { Manifest } from "../../schema/connector.ts";

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
        format: {
          enum: ["json", "text"],
          default: "json",
          description: "How the message's data is read.",
          examples: ["text"],
        },
      },
    },
    meta: {
      type: "object",
      additionalProperties: false,
      required: ["subject"],
      properties: { subject: { type: "string", description: "Subject that it was published to." } },
    },
    owns: "subject",
    delivery: "From a stream: at least once. From a subject alone: at most once up to the intake, as core NATS is.",
    errors: [
      { when: "a message cannot be read as its `format`, or does not fit the contract", result: "refused" },
      { when: "NATS is away, or the stream is not there", result: "disconnected" },
    ],
  },
  target: {
    settings: {
      type: "object",
      additionalProperties: false,
      required: ["subject"],
      properties: {
        subject: {
          type: "string",
          "x-vrsky-per-message": "token",
          pattern: "^[^\\s*>]+$|\\$\\{",
          maxLength: 512,
          description: "Subject to publish to; each `${ … }` is one token.",
          examples: ["orders.paid", "orders.${ body.country }"],
        },
      },
    },
    payload: "body",
    batches: true,
    inFlight: 256,
    delivery:
      "Where a stream captures the subject: acknowledged by it, and one effect within the stream's duplicate window (`Nats-Msg-Id`). Elsewhere: handed to the server, at most once from there.",
    errors: [
      { when: "the message is larger than the server takes", result: "permanent", class: "rejected" },
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
  ],
};

// What people can write after `stream:`: the name of a stream of the tenant, or of one that another tenant shares.

import type { Manifest } from "../../schema/connector.ts";

export const streamManifest: Manifest = {
  name: "stream",
  title: "Stream",
  description: "A typed stream that a tenant declares: one integration writes it, others read it.",
  stability: "stable",
  source: {
    settings: {
      type: "string",
      "x-vrsky-constant": true,
      pattern: "^([a-z][a-z0-9-]{0,62}/)?[a-z][a-z0-9-]{0,62}$",
      description: "Name of the stream; `tenant/name` for one that another tenant exports to this one.",
      examples: ["contacts", "acme/paid-orders"],
    },
    meta: {
      type: "object",
      additionalProperties: false,
      required: ["stream"],
      properties: { stream: { type: "string", description: "Name of the stream." } },
    },
    delivery: "At least once, from the stream's own position; a message keeps its id from one integration to the next.",
    errors: [
      {
        when: "a message of the stream is no JSON or does not fit the contract: it is passed over and stays in the stream",
        result: "refused",
      },
      { when: "NATS is away, or the stream is not there yet", result: "disconnected" },
    ],
  },
  target: {
    settings: {
      type: "string",
      "x-vrsky-constant": true,
      description: "Name of a stream of the tenant.",
      examples: ["contacts"],
    },
    payload: "body",
    seen: [],
    inFlight: 256,
    delivery: "Once per message id within the stream's history.",
    errors: [
      { when: "the message is larger than the server takes", result: "permanent", class: "rejected" },
      { when: "the stream is full or not there, or NATS is not connected", result: "transient", class: "unavailable" },
      { when: "NATS did not answer", result: "unknown", class: "unavailable" },
    ],
  },
  examples: [
    {
      title: "One integration writes, another reads",
      spec: [
        "integration: contacts-in",
        "source: { http: { path: /contacts }, contract: contact@1 }",
        "targets:",
        "  contacts: { stream: contacts }",
        "---",
        "integration: contacts-to-crm",
        "source: { stream: contacts }",
        "targets:",
        "  crm: { http: { url: https://crm.example.com/contacts } }",
      ],
    },
  ],
};

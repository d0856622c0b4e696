// What people can write under `nats:`. Plain data, cheap to import.

import type { Manifest } from "../../schema/connector.ts";

export const natsManifest: Manifest = {
  name: "nats",
  title: "NATS",
  description: "Publishes messages as JSON in the tenant's own account.",
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
    inFlight: 256,
    delivery:
      "Where a stream captures the subject: acknowledged by it, and one effect within the stream's duplicate window (`Nats-Msg-Id`). Elsewhere: handed to the server, at most once from there.",
  },
};

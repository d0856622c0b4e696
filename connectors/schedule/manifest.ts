// What people can write under `schedule:`. Plain data, cheap to import.

import type { Manifest } from "../../schema/connector.ts";

export const scheduleManifest: Manifest = {
  name: "schedule",
  title: "Schedule",
  description: "Sends a message at given times.",
  stability: "stable",
  source: {
    settings: {
      type: "object",
      additionalProperties: false,
      properties: {
        cron: {
          type: "string",
          minLength: 1,
          description:
            "Five fields (minute, hour, day of month, month, day of week), or six with seconds in front, or `@hourly` and the like.",
          examples: ["0 2 * * *", "*/10 * * * * *"],
        },
        every: {
          type: "string",
          "x-vrsky-format": "duration",
          description: "Fires at whole multiples since 1970-01-01T00:00Z, so `1h` is at each full hour (UTC).",
          examples: ["1h", "30s"],
        },
        timezone: {
          type: "string",
          default: "UTC",
          description: "IANA name of the time zone in which `cron` is read.",
          examples: ["Europe/Oslo"],
        },
        body: {
          type: "object",
          default: {},
          description: "The message's body; give a `contract` to use its fields.",
          examples: [{ report: "daily" }],
        },
      },
      if: { required: ["every"] },
      // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
      then: { properties: { cron: false, timezone: false } },
      else: { required: ["cron"] },
    },
    meta: {
      type: "object",
      additionalProperties: false,
      required: ["firedAt"],
      properties: {
        firedAt: { type: "string", description: "The planned time: ISO 8601, UTC." },
      },
    },
    body: { type: "object", additionalProperties: false, properties: {}, required: [] },
    delivery:
      "Each planned time fires once, however many workers run. A time that passed while no worker ran is not made up for.",
    errors: [],
  },
  examples: [
    {
      title: "A report every night",
      spec: [
        "integration: nightly",
        'source: { schedule: { cron: "0 2 * * *", timezone: Europe/Oslo, body: { report: daily } }, contract: { report: string } }',
        "targets:",
        "  reports: { http: { url: https://reports.example.com/run } }",
      ],
    },
  ],
};

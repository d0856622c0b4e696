// What people can write under `s3:` in a connection: a place for the file connector. Plain data, cheap to import.

import type { Manifest } from "../../schema/connector.ts";

export const s3Manifest: Manifest = {
  name: "s3",
  title: "S3",
  description:
    "Objects in S3-compatible storage, as a connection of the file connector, and for large contents (`objects` of a tenant).",
  stability: "beta",
  keepsObjects: true,
  connection: {
    type: "object",
    additionalProperties: false,
    required: ["endpoint", "bucket", "access-key", "secret-key"],
    properties: {
      endpoint: {
        type: "string",
        minLength: 1,
        description: "URL of the service; the bucket comes behind it as a part of its path.",
        examples: ["https://s3.example.com"],
      },
      bucket: { type: "string", minLength: 1, description: "Bucket.", examples: ["raw"] },
      region: { type: "string", default: "us-east-1", description: "Region.", examples: ["eu-north-1"] },
      "access-key": { type: "string", description: "Access key.", examples: ["${ secrets.lake_key }"] },
      "secret-key": { type: "string", description: "Secret key.", examples: ["${ secrets.lake_secret }"] },
      "session-token": {
        type: "string",
        description: "Of keys that are lent for a while.",
        examples: ["${ secrets.lake_token }"],
      },
      timeout: {
        type: "string",
        "x-vrsky-format": "duration",
        default: "30s",
        description: "How long an answer, or its next piece, may be waited for.",
        examples: ["10s"],
      },
    },
  },
  examples: [
    {
      title: "Batches into a bucket",
      spec: [
        "connections:",
        '  lake: { s3: { endpoint: https://s3.example.com, bucket: raw, access-key: "${ secrets.lake_key }", secret-key: "${ secrets.lake_secret }" } }',
        "---",
        "integration: archive",
        "source: { http: { path: /events }, contract: { id: string, at: string } }",
        "targets:",
        "  lake:",
        "    batch: { count: 100, within: 10s }",
        '    file: { connection: lake, path: "events/${ batch.id }.jsonl.gz", format: jsonl, compress: gzip }',
      ],
    },
  ],
};

// What people can write about contents that are no messages of their own, the same under every connector that carries
// them: the bytes lie beside the message, whose body tells about them.

import type { SettingsSchema } from "../schema/connector.ts";
import type { JsonSchema } from "../schema/json.ts";

/** Body of a source's message with `format: blob`. */
export const blobBody: JsonSchema = {
  type: "object",
  additionalProperties: false,
  required: ["name", "size", "type", "sha256"],
  properties: {
    name: { type: "string", description: "Name without folders." },
    size: { type: "integer", description: "Bytes." },
    type: { type: "string", description: "Media type." },
    sha256: { type: "string", description: "Hash of the bytes, hex." },
  },
};

/** Of a source. A part of the topology: what is larger than chunks carry needs an object store. */
export const maxSize: SettingsSchema = {
  type: "string",
  "x-vrsky-format": "size",
  "x-vrsky-constant": true,
  default: "64MiB",
  description:
    "`blob` only: the largest content that is taken. Beyond `64MiB` contents lie in an object store: the tenant's `objects`, else one of NATS.",
  examples: ["500MiB"],
};

/** `max-size` beside `format: blob` only. */
export const maxSizeOfBlobs: SettingsSchema = {
  if: { required: ["format"], properties: { format: { const: "blob" } } },
  // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
  then: {},
  else: { properties: { "max-size": false } },
};

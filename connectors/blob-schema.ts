// The body of a message that tells about the bytes beside it. Plain data, for manifests.

export const blob = {
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

// What people can write under `sftp:` in a connection: a place for the file connector. Plain data, cheap to import.

import type { Manifest } from "../../schema/connector.ts";

export const sftpManifest: Manifest = {
  name: "sftp",
  title: "SFTP",
  description: "Files on an SFTP server, as a connection of the file connector.",
  stability: "beta",
  connection: {
    type: "object",
    additionalProperties: false,
    required: ["host", "user"],
    properties: {
      host: { type: "string", minLength: 1, description: "Server.", examples: ["sftp.supplier.com"] },
      port: { type: "integer", minimum: 1, maximum: 65535, default: 22, description: "Port.", examples: [2222] },
      user: { type: "string", minLength: 1, description: "User name.", examples: ["acme"] },
      key: { type: "string", description: "Private key.", examples: ["${ secrets.supplier_key }"] },
      password: { type: "string", description: "Password.", examples: ["${ secrets.supplier_password }"] },
      passphrase: {
        type: "string",
        description: "Of a private key that is locked.",
        examples: ["${ secrets.supplier_passphrase }"],
      },
      fingerprint: {
        type: ["string", "array"],
        items: { type: "string", minLength: 1 },
        minItems: 1,
        description:
          "SHA-256 fingerprint of the server's key as `ssh-keygen -l` prints it, or several while keys are exchanged; any other is refused. Left out, the first key that the worker sees is believed until it ends, and a warning says which.",
        examples: ["SHA256:uNiVztksCsDhcc0u9e8BrrJXjvAYRHBpuDVqpA1IlCc"],
      },
      timeout: {
        type: "string",
        "x-vrsky-format": "duration",
        default: "30s",
        description: "How long one request may go unanswered before the connection is given up.",
        examples: ["10s"],
      },
    },
    anyOf: [{ required: ["key"] }, { required: ["password"] }],
  },
  examples: [
    {
      title: "A supplier's price lists",
      spec: [
        "connections:",
        '  supplier: { sftp: { host: sftp.supplier.com, user: acme, key: "${ secrets.supplier_key }" } }',
        "---",
        "integration: prices",
        "source:",
        '  file: { connection: supplier, path: "prices/*.csv", format: csv, every: 5m, after: { move: done } }',
        "  contract: { sku: string, price: number }",
        "targets:",
        "  shop: { http: { url: https://shop.example.com/prices } }",
      ],
    },
  ],
};

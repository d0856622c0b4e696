// What a connection says about how it is made: who we are, whom we believe, by which way.

import type { SettingsSchema } from "../../schema/connector.ts";

export const oauth2: SettingsSchema = {
  type: "object",
  additionalProperties: false,
  required: ["token-url", "client-id", "client-secret"],
  description:
    "Client credentials (OAuth 2.0): a token is fetched once, kept, renewed before it ends and once when it is refused with 401.",
  examples: [
    { "token-url": "https://erp.example.com/token", "client-id": "vrsky", "client-secret": "${ secrets.erp }" },
  ],
  properties: {
    "token-url": {
      type: "string",
      minLength: 1,
      description: "Where tokens are given out.",
      examples: ["https://erp.example.com/token"],
    },
    "client-id": { type: "string", minLength: 1, description: "Name of the client.", examples: ["vrsky"] },
    "client-secret": {
      type: "string",
      minLength: 1,
      description: "Its secret.",
      examples: ["${ secrets.erp_client }"],
    },
    scopes: {
      type: "array",
      items: { type: "string" },
      description: "Scopes that are asked for.",
      examples: [["orders.write"]],
    },
    send: {
      enum: ["basic", "body"],
      default: "basic",
      description: "How the client shows its secret: by HTTP Basic authentication, or as fields of the form.",
      examples: ["body"],
    },
    parameters: {
      type: "object",
      additionalProperties: { type: "string" },
      description: "Further fields that the server wants.",
      examples: [{ audience: "https://erp.example.com" }],
    },
  },
};

export const tls: SettingsSchema = {
  type: "object",
  additionalProperties: false,
  minProperties: 1,
  description: "Certificates, as PEM. Those of public authorities are believed anyway, and are always checked.",
  examples: [{ ca: "${ secrets.erp_ca }", certificate: "${ secrets.erp_cert }", key: "${ secrets.erp_key }" }],
  properties: {
    ca: {
      type: ["string", "array"],
      items: { type: "string", minLength: 1 },
      minItems: 1,
      minLength: 1,
      description: "Certificates of authorities that are believed as well: a text, which may hold several, or a list.",
      examples: ["${ secrets.erp_ca }"],
    },
    certificate: {
      type: "string",
      minLength: 1,
      description: "Our own certificate with its chain, where the other side asks for one (mutual TLS).",
      examples: ["${ secrets.erp_cert }"],
    },
    key: { type: "string", minLength: 1, description: "Its private key.", examples: ["${ secrets.erp_key }"] },
    passphrase: {
      type: "string",
      minLength: 1,
      description: "What the key is encrypted with.",
      examples: ["${ secrets.erp_key_password }"],
    },
    "server-name": {
      type: "string",
      minLength: 1,
      description: "Name that the other side's certificate must have, when it is not the host of the URL.",
      examples: ["erp.example.com"],
    },
  },
  dependentRequired: { certificate: ["key"], key: ["certificate"], passphrase: ["key"] },
};

export const proxy: SettingsSchema = {
  type: "string",
  minLength: 1,
  description:
    "URL of an HTTP proxy that connections are tunnelled through (`CONNECT`). Nothing is taken from the environment.",
  examples: ["http://proxy.example.com:3128", "${ settings.proxy }"],
};

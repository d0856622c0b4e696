// What people can write under `http:`. Plain data: the compiler validates with it, the docs are printed from it, and
// nothing heavy is imported to read it.

import type { Manifest, SettingsSchema, TargetError } from "../../schema/connector.ts";
import { blobBody, maxSize, maxSizeOfBlobs } from "../blob-manifest.ts";
import { cloudevents, envelope, eventMetaWhen } from "../cloud-events-manifest.ts";
import { oauth2, proxy, tls } from "./manifest-connection.ts";

const secrets: SettingsSchema = {
  type: ["string", "array"],
  items: { type: "string", minLength: 1 },
  minItems: 1,
  maxItems: 8,
  minLength: 1,
  description: "The secret, or a list of them while one is being replaced: any of them is accepted.",
  examples: ["${ secrets.shop_webhook }", ["${ secrets.shop_webhook }", "${ secrets.shop_webhook_old }"]],
};

const headers: SettingsSchema = {
  type: "object",
  additionalProperties: { type: "string" },
  propertyNames: { pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$" },
  description: "Request headers by name.",
  examples: [{ authorization: "Bearer ${ secrets.crm_token }" }],
};

const timeout: SettingsSchema = {
  type: "string",
  "x-vrsky-format": "duration",
  default: "30s",
  description: "Longest time from sending the request to the end of its answer.",
  examples: ["2s", "1m"],
};

/** The data of an event is JSON, and a sender says what it is. */
const cloudEventsAreJson: SettingsSchema = {
  if: { required: ["envelope"] },
  // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
  then: { properties: { format: false } },
};

const source: SettingsSchema = {
  type: "object",
  additionalProperties: false,
  required: ["path"],
  properties: {
    path: {
      type: "string",
      "x-vrsky-constant": true,
      pattern: "^(/[A-Za-z0-9._~-]+)+$",
      not: { pattern: "/\\.\\.?(/|$)" },
      maxLength: 256,
      description: "Path of the webhook. It is served at `/<tenant><path>`, and belongs to one integration.",
      examples: ["/orders", "/hooks/github"],
    },
    methods: {
      type: "array",
      items: { enum: ["POST", "PUT", "PATCH"] },
      minItems: 1,
      uniqueItems: true,
      default: ["POST"],
      description: "Methods that are taken; others are answered 405.",
      examples: [["POST", "PUT"]],
    },
    format: {
      enum: ["json", "xml", "form", "text", "blob"],
      default: "json",
      description:
        "How the request's body is read. `xml`: by the contract's types, prefixes left out, attributes as `@name`. `form`: an HTML form, by the contract's types. `text`: the body is a string. `blob`: whatever it is, it stays beside the message, and the body is `{ name, size, type, sha256 }`.",
      examples: ["json"],
    },
    envelope,
    timeout: {
      ...timeout,
      description: "With `reply`: longest time that a caller waits for the steps.",
      examples: ["5s"],
    },
    "max-body": {
      type: "string",
      "x-vrsky-format": "size",
      default: "1MiB",
      description: "Largest body that is taken; a larger one is answered 413.",
      examples: ["64KiB"],
    },
    "max-size": maxSize,
    signature: {
      type: "object",
      description:
        "Proof that the sender knows the secret, checked over the raw bytes before anything is stored; a forged or stale request is answered 401. Schemes with a time stamp accept 300 s of difference.",
      examples: [{ scheme: "github", secret: "${ secrets.github_webhook }" }],
      additionalProperties: false,
      required: ["scheme", "secret"],
      properties: {
        scheme: {
          enum: ["github", "standard-webhooks", "stripe", "slack", "hmac"],
          description:
            "Whose rules the signature follows; `hmac` is a plain HMAC of the body in a header of your choice.",
          examples: ["github"],
        },
        secret: secrets,
        header: {
          type: "string",
          pattern: "^[A-Za-z0-9-]+$",
          description: "`hmac` only: the header that holds the signature.",
          examples: ["x-signature"],
        },
        algorithm: {
          enum: ["sha256", "sha512", "sha1"],
          default: "sha256",
          description: "`hmac` only: the hash.",
          examples: ["sha256"],
        },
        encoding: {
          enum: ["hex", "base64"],
          default: "hex",
          description: "`hmac` only: how the signature is written.",
          examples: ["base64"],
        },
        prefix: {
          type: "string",
          default: "",
          description: "`hmac` only: text before the signature.",
          examples: ["sha256="],
        },
        timestamp: {
          type: "string",
          pattern: "^[A-Za-z0-9-]+$",
          description:
            "`hmac` only: the header that holds the time of sending, in seconds since 1970. It is signed, before the body, and may be 300 s off.",
          examples: ["x-timestamp"],
        },
        signed: {
          type: "string",
          pattern: "\\{timestamp\\}",
          default: "{timestamp}.",
          description: "`hmac` with `timestamp` only: what is signed before the body.",
          examples: ["v0:{timestamp}:"],
        },
      },
      if: { properties: { scheme: { const: "hmac" } } },
      // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
      then: { required: ["header"] },
      else: {
        properties: {
          header: false,
          algorithm: false,
          encoding: false,
          prefix: false,
          timestamp: false,
          signed: false,
        },
      },
      dependentRequired: { signed: ["timestamp"] },
    },
    auth: {
      type: "object",
      description: "Credentials that the sender must show; without them the answer is 401.",
      examples: [{ bearer: "${ secrets.partner_token }" }],
      additionalProperties: false,
      minProperties: 1,
      maxProperties: 1,
      properties: {
        basic: {
          type: "object",
          additionalProperties: false,
          required: ["username", "password"],
          description: "HTTP Basic authentication.",
          examples: [{ username: "shop", password: "${ secrets.shop_password }" }],
          properties: {
            username: { type: "string", minLength: 1, description: "User name.", examples: ["shop"] },
            password: secrets,
          },
        },
        bearer: { ...secrets, description: "Accepted tokens of `Authorization: Bearer …`: one, or a list." },
        "api-key": {
          type: "object",
          additionalProperties: false,
          required: ["key"],
          description: "A key in a header.",
          examples: [{ key: "${ secrets.partner_key }" }],
          properties: {
            header: {
              type: "string",
              pattern: "^[A-Za-z0-9-]+$",
              default: "x-api-key",
              description: "Name of the header.",
              examples: ["x-api-key"],
            },
            key: secrets,
          },
        },
      },
    },
  },
  allOf: [
    cloudEventsAreJson,
    maxSizeOfBlobs,
    {
      if: { required: ["format"], properties: { format: { const: "blob" } } },
      // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
      then: { properties: { "max-body": false, signature: false } },
    },
  ],
};

const query: SettingsSchema = {
  type: "object",
  additionalProperties: { type: ["string", "number", "boolean", "null"] },
  "x-vrsky-per-message": "text",
  description: "What stands behind the `?`; encoded, and left out where it is missing.",
  examples: [{ since: "${ cursor }" }],
};

/** None of them beside an event, but for its data. */
const noOtherPayload: SettingsSchema = {
  if: { required: ["cloudevents"] },
  // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
  then: { properties: { text: false, form: false, multipart: false, body: false, format: false } },
};

const payloads = ["json", "text", "form", "multipart", "body", "format"];

const onlyPayload = (own: string): SettingsSchema => ({
  if: { required: [own] },
  // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
  then: {
    properties: Object.fromEntries(payloads.filter((k) => k !== own).map((k) => [k, false])),
  },
});

const file: SettingsSchema = {
  type: "object",
  additionalProperties: false,
  required: ["filename"],
  properties: {
    filename: { type: "string", minLength: 1, description: "Name of the file.", examples: ["invoice.xml"] },
    type: { type: "string", description: "Its media type.", examples: ["text/xml"] },
    text: { type: "string", description: "What is in it.", examples: ["<x/>"] },
    base64: { type: "string", description: "What is in it, in base64.", examples: ["${ body.pdf }"] },
  },
  oneOf: [{ required: ["text"] }, { required: ["base64"] }],
};

const target: SettingsSchema = {
  type: "object",
  additionalProperties: false,
  properties: {
    connection: {
      type: "string",
      "x-vrsky-constant": true,
      description: "Name of the tenant's connection that holds the base URL and credentials.",
      examples: ["crm"],
    },
    url: {
      type: "string",
      minLength: 1,
      "x-vrsky-per-message": "url",
      description: "Where to send, when no connection is used. Message data may stand behind the host only.",
      examples: ["https://api.example.com/orders/${ body.id }", "${ secrets.chat_url }"],
    },
    path: {
      type: "string",
      "x-vrsky-per-message": "segment",
      description: "Appended to the connection's URL. Each `${ … }` is one encoded piece.",
      examples: ["/customers/${ body.customerId }"],
    },
    method: {
      enum: ["POST", "PUT", "PATCH", "DELETE", "GET"],
      "x-vrsky-per-message": "text",
      default: "POST",
      description: "Request method. `GET` and `DELETE` send no body unless one is given.",
      examples: ["PUT"],
    },
    query,
    headers: { ...headers, "x-vrsky-per-message": "text" },
    json: {
      "x-vrsky-per-message": "payload",
      description: "What is sent as JSON; left out: the body after the steps.",
      examples: [{ text: "Order ${ body.id }" }],
    },
    text: {
      type: "string",
      "x-vrsky-per-message": "text",
      description: "What is sent as plain text.",
      examples: ["Order ${ body.id } arrived"],
    },
    form: {
      type: "object",
      additionalProperties: { type: ["string", "number", "boolean"] },
      "x-vrsky-per-message": "text",
      description: "What is sent as an HTML form (`application/x-www-form-urlencoded`).",
      examples: [{ order: "${ body.id }" }],
    },
    multipart: {
      type: "object",
      additionalProperties: {
        anyOf: [{ type: ["string", "number", "boolean"] }, file],
      },
      "x-vrsky-per-message": "text",
      description: "What is sent as a form with files (`multipart/form-data`): a field is a scalar or a file.",
      examples: [{ order: "${ body.id }", invoice: { filename: "invoice.xml", type: "text/xml", text: "<x/>" } }],
    },
    body: {
      type: "string",
      "x-vrsky-per-message": "text",
      description: "What is sent as it stands; give `content-type` among the headers.",
      examples: ["<order>${ body.id }</order>"],
    },
    format: {
      enum: ["blob"],
      description:
        "What is sent is the content that came with the message, as it came; its `content-type` is the body's `type`, unless it is given among the headers.",
      examples: ["blob"],
    },
    cloudevents,
    timeout,
  },
  if: { required: ["connection"] },
  // biome-ignore lint/suspicious/noThenProperty: JSON Schema's own keyword
  then: { properties: { url: false } },
  else: { required: ["url"] },
  allOf: [...payloads.map(onlyPayload), noOtherPayload],
};

const { method, cloudevents: _, format: __, ...asked } = target.properties as Readonly<Record<string, SettingsSchema>>;

/** A request whose answer is wanted: the same settings, GET unless told. */
const call: SettingsSchema = {
  ...target,
  properties: { ...asked, method: { ...method, default: "GET", description: "Request method." } },
};

const answers: readonly TargetError[] = [
  {
    when: "the request cannot be made of this message: its URL, a header, an attribute of `cloudevents`",
    result: "permanent",
    class: "invalid",
  },
  { when: "the answer is 404 or 410", result: "permanent", class: "not-found", codes: ["404", "410"] },
  {
    when: "the answer is another 4xx, or a redirect to another place",
    result: "permanent",
    class: "rejected",
    codes: ["3xx", "4xx"],
  },
  {
    when: "the answer is 408, 425, 429 or 5xx; a Retry-After is kept to",
    result: "transient",
    class: "unavailable",
    codes: ["408", "425", "429", "5xx"],
  },
  {
    when: "the certificate of the other side has expired, is for another host or signed by nobody who is trusted; it refuses ours",
    result: "transient",
    class: "unavailable",
  },
  {
    when: "the address is none that the worker may connect to (`--allow-network`), or no OAuth2 token is given out",
    result: "transient",
    class: "unavailable",
  },
  {
    when: "there is no connection, or it broke before the request began to leave",
    result: "transient",
    class: "unavailable",
  },
  {
    when: "the connection broke or the time ran out after the request began to leave",
    result: "unknown",
    class: "unavailable",
  },
];

export const httpManifest: Manifest = {
  name: "http",
  title: "HTTP",
  description: "Takes webhooks and sends requests.",
  stability: "stable",
  source: {
    settings: source,
    meta: {
      type: "object",
      additionalProperties: false,
      required: ["method"],
      properties: { method: { type: "string", description: "Method of the request." } },
    },
    metaWhen: eventMetaWhen,
    owns: "path",
    bodyWhen: { setting: "format", is: "blob", body: blobBody },
    guards: ["signature", "auth"],
    request: ["methods", "format", "envelope"],
    replies: true,
    delivery:
      "The sender gets 202 only after the message is on disk; 503 with Retry-After means that it must send again, and a repeated id is answered 202 without storing it twice.",
    errors: [
      { when: "the signature is wrong or too old, or credentials are missing or wrong: 401", result: "refused" },
      {
        when: "the body cannot be read as its `format`: 400; it does not fit the contract: 422; it is larger than `max-body` or, as `blob`, than `max-size`: 413",
        result: "refused",
      },
      { when: "the method is another: 405", result: "refused" },
      {
        when: "with `envelope: cloudevents` it is no CloudEvent: 400; its data is not JSON, or it has another version: 415",
        result: "refused",
      },
    ],
  },
  target: {
    settings: target,
    payload: "body",
    seen: ["url", "path", "method", "cloudevents.mode", "cloudevents.type", "cloudevents.source"],
    batches: true,
    delivery:
      "At least once: every attempt carries the same Idempotency-Key, so a receiver that honours it sees one effect.",
    errors: [
      {
        when: "`format: blob`: the message has no content, or its content is gone",
        result: "permanent",
        class: "invalid",
      },
      ...answers,
    ],
  },
  call: { settings: call, delivery: "Asked again by its own retries; the answer is not stored.", errors: answers },
  connection: {
    type: "object",
    additionalProperties: false,
    required: ["url"],
    properties: {
      url: {
        type: "string",
        minLength: 1,
        description: "Base URL, to which a target's `path` is appended.",
        examples: ["https://crm.example.com/api", "${ settings.crmUrl }"],
      },
      headers,
      timeout,
      oauth2,
      tls,
      proxy,
    },
  },
  examples: [
    {
      title: "A signed webhook, sent on to an API",
      spec: [
        "connections:",
        '  crm: { http: { url: https://crm.example.com/api, headers: { authorization: "Bearer ${ secrets.crm_token }" } } }',
        "---",
        "integration: orders-to-crm",
        "source:",
        '  http: { path: /orders, signature: { scheme: standard-webhooks, secret: "${ secrets.shop_webhook }" } }',
        "  contract: { id: string, customer: string, total: number }",
        "  message-id: ${ body.id }",
        "targets:",
        '  crm: { http: { connection: crm, path: "/customers/${ body.customer }/orders" } }',
      ],
    },
    {
      title: "With OAuth2, an authority and a certificate of one's own",
      spec: [
        "connections:",
        "  erp:",
        "    http:",
        "      url: https://erp.example.com",
        '      oauth2: { token-url: https://login.example.com/token, client-id: vrsky, client-secret: "${ secrets.erp }" }',
        '      tls: { ca: "${ secrets.erp_ca }", certificate: "${ secrets.erp_cert }", key: "${ secrets.erp_key }" }',
        "---",
        "integration: orders-to-erp",
        "source:",
        '  http: { path: /orders, auth: { bearer: "${ secrets.shop_token }" } }',
        "  contract: { id: string, total: number }",
        "targets:",
        '  erp: { http: { connection: erp, method: PUT, path: "/orders/${ body.id }" } }',
      ],
    },
    {
      title: "CloudEvents in and out",
      spec: [
        "integration: paid-orders",
        "source: { http: { path: /events, envelope: cloudevents }, contract: { id: string, total: number } }",
        "steps:",
        '  - filter: ${ meta.event.type === "com.example.order.paid" }',
        "targets:",
        "  ledger:",
        "    http:",
        "      url: https://ledger.example.com/events",
        '      cloudevents: { mode: structured, type: com.example.ledger.entry, subject: "${ body.id }" }',
      ],
    },
    {
      title: "Asking on the way, and answering the caller",
      spec: [
        "integration: quote",
        "source: { http: { path: /quote, timeout: 5s }, contract: { sku: string, qty: integer } }",
        "steps:",
        "  - as: price",
        '    call: { http: { url: https://pricing.example.com/price, method: POST, json: "${ body }" } }',
        "    contract: { amount: number }",
        'reply: { status: 200, json: { amount: "${ vars.price.amount }" } }',
      ],
    },
  ],
};

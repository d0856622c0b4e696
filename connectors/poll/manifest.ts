// What people can write under `poll:`. Plain data, cheap to import. The request itself is a `call` of a connector,
// which the compiler puts in beside these keys.

import type { Manifest } from "../../schema/connector.ts";

export const pollManifest: Manifest = {
  name: "poll",
  title: "Poll",
  description: "Asks an outside system again and again, page by page.",
  stability: "beta",
  source: {
    settings: {
      type: "object",
      additionalProperties: false,
      required: ["every", "contract"],
      properties: {
        every: {
          type: "string",
          "x-vrsky-format": "duration",
          description: "How often it asks.",
          examples: ["5m"],
        },
        contract: {
          "x-vrsky-page": true,
          type: ["string", "object", "array"],
          description: "The shape of one page: the answer to one request.",
          examples: [{ data: ["contact@1"], "next?": "string" }],
        },
        more: {
          "x-vrsky-page": true,
          type: "string",
          description: "Whether another page follows; asked after each.",
          examples: ["${ exists(page.next) }"],
        },
        items: {
          "x-vrsky-page": true,
          type: "string",
          description: "The list in the page whose items become messages; left out: the page is the message.",
          examples: ["${ page.data }"],
        },
        cursor: {
          "x-vrsky-page": true,
          type: "object",
          description: "A place to go on from. It is kept once the page is stored.",
          additionalProperties: false,
          required: ["start", "next"],
          examples: [{ start: "1970-01-01T00:00:00Z", next: "${ page.data.at(-1)?.updatedAt ?? cursor }" }],
          properties: {
            start: { type: "string", description: "The first cursor.", examples: ["1970-01-01T00:00:00Z"] },
            next: { type: "string", description: "The cursor after a page.", examples: ["${ page.last ?? cursor }"] },
          },
        },
      },
    },
    meta: { type: "object", additionalProperties: false, properties: {}, required: [] },
    polls: true,
    remembers: true,
    singleton: "always",
    delivery:
      "At least once: the cursor moves on only after the page is on disk, so a page may come again after a crash.",
    errors: [
      { when: "an item does not fit the contract", result: "refused" },
      { when: "the request fails, whatever the reason: the same page is asked for again", result: "disconnected" },
    ],
  },
  examples: [
    {
      title: "Contacts of an API, page by page",
      spec: [
        "connections:",
        '  crm: { http: { url: https://crm.example.com/api, headers: { authorization: "Bearer ${ secrets.crm_token }" } } }',
        "---",
        "integration: crm-contacts",
        "source:",
        "  poll:",
        "    every: 5m",
        '    http: { connection: crm, path: /contacts, query: { since: "${ cursor }", page: "${ page?.next }" } }',
        "    contract: { data: [contact@1], next?: string }",
        "    more: ${ exists(page.next) }",
        "    items: ${ page.data }",
        '    cursor: { start: "1970-01-01T00:00:00Z", next: "${ page.data.at(-1)?.updatedAt ?? cursor }" }',
        "targets:",
        "  out: { file: { path: contacts.jsonl, format: jsonl } }",
      ],
    },
  ],
};

// A contract of the benchmark: an order with a few fields of its own, and a reference to a contract that many share.

import { pick, type Random } from "../../test/rig/random.ts";

const extras = [
  ["channel", { enum: ["web", "app", "store", "phone"] }],
  ["campaign", { type: "string", maxLength: 64 }],
  ["gift", { type: "boolean" }],
  ["weight", { type: "number", minimum: 0 }],
  ["placedAt", { type: "string", format: "date-time" }],
  ["reference", { type: "string", pattern: "^[A-Z0-9-]{4,32}$" }],
  ["tags", { type: "array", items: { type: "string" }, maxItems: 20 }],
  ["discount", { type: ["number", "null"] }],
  ["locale", { type: "string", minLength: 2, maxLength: 5 }],
  ["meta", { type: "object", additionalProperties: { type: "string" } }],
] as const;

/** The file's text: JSON, about 1.5 KB. */
export function contractFile(index: number, next: Random): string {
  const own = extras.filter(() => next() < 0.5);
  const title = `${pick(next, ["An order", "A purchase", "A return", "A reservation"])} as shop system ${index} sends it`;
  return `${JSON.stringify(
    {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      title,
      type: "object",
      required: ["id", "status", "amount", "customer", "lines"],
      properties: {
        id: { type: "string", minLength: 1, maxLength: 64 },
        status: { enum: ["paid", "open", "refunded"] },
        amount: { type: "number", minimum: 0 },
        currency: { enum: ["SEK", "NOK", "EUR", "DKK"] },
        email: { type: "string" },
        note: { type: "string", maxLength: 500 },
        customer: {
          type: "object",
          required: ["id", "name"],
          properties: { id: { type: "string" }, name: { type: "string" }, vip: { type: "boolean" } },
        },
        address: { $ref: "contract:address@1" },
        lines: {
          type: "array",
          items: {
            type: "object",
            required: ["sku", "qty", "price"],
            properties: {
              sku: { type: "string", description: "Number of the article in the shop." },
              title: { type: "string" },
              qty: { type: "integer", minimum: 1 },
              price: { type: "number", minimum: 0 },
            },
          },
        },
        ...Object.fromEntries(own),
      },
    },
    null,
    2,
  )}\n`;
}

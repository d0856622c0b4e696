// The messages that the benchmarks use, of known sizes; the same for every side of a comparison.

import type { JsonObject } from "../schema/json.ts";

/** 256 bytes of JSON. */
export function smallOrder(id: string): JsonObject {
  return padded(
    {
      id,
      customer: " Ann Andersson ",
      email: "Ann.Andersson@Example.com",
      amount: 129.95,
      currency: "SEK",
      paid: true,
      placed: "2026-03-01T12:30:00Z",
    },
    256,
  );
}

/** About 4 KB of JSON: 40 lines. */
export function largeOrder(id: string): JsonObject {
  return {
    id,
    customer: { id: "c-4711", name: "Ann Andersson", email: "Ann.Andersson@Example.com", city: "Lund" },
    amount: 5129.5,
    currency: "SEK",
    placed: "2026-03-01T12:30:00Z",
    lines: Array.from({ length: 40 }, (_, index) => ({
      sku: `sku-${1000 + index}`,
      title: `Article number ${index}, the usual one, blue`,
      qty: 1 + (index % 7),
      price: 9.5 + index,
      ...(index % 3 === 0 ? { weight: 250 } : {}),
    })),
  };
}

/** About 1.8 KB of JSON, read by sixteen expressions. */
export function order(id: string): JsonObject {
  return {
    id,
    status: "paid",
    placed: "2026-03-01T12:30:00Z",
    amount: 1299.95,
    currency: "sek",
    customer: { id: "c-4711", name: " Ann Andersson ", email: "ann@example.com", vip: true },
    address: { street: "Stora Södergatan 12", zip: "222 23", city: "Lund", country: "SE" },
    lines: Array.from({ length: 12 }, (_, index) => ({
      sku: `sku-${1000 + index}`,
      title: `Article number ${index}, the usual one, blue`,
      qty: 1 + (index % 7),
      price: 9.5 + index,
      tags: ["garden", "spring"],
    })),
    notes: ["ring the bell", "leave at the door"],
  };
}

function padded(order: JsonObject, bytes: number): JsonObject {
  const missing = bytes - JSON.stringify({ ...order, note: "" }).length;
  return { ...order, note: "n".repeat(Math.max(0, missing)) };
}

// The messages that hop: 256 bytes and 4 KB, to one target and to three, with what their steps do written by hand.

import type { JsonObject } from "../../schema/json.ts";
import { largeOrder, smallOrder } from "../orders.ts";
import type { Mapping } from "./hand-written.ts";

export interface Case {
  readonly integration: string;
  readonly what: string;
  /** Each has its own consumer and publishes to `bench.out.<integration>.<target>`. */
  readonly targets: readonly string[];
  readonly make: (id: string) => JsonObject;
  readonly map: Mapping;
  /** Messages of a round. */
  readonly count: number;
  /** What a round leaves parked goes before the next one. */
  readonly retries?: true;
}

/** What the steps of `small` do, by hand. */
const mapSmall: Mapping = (body) => {
  const order = body as ReturnType<typeof smallOrder> & Record<"id" | "customer" | "email" | "note", string>;
  return {
    id: order.id,
    body: {
      id: order.id,
      buyer: order.customer.trim(),
      email: order.email.toLowerCase(),
      cents: Math.round(Number(order.amount) * 100),
      currency: order.currency,
      paid: order.paid,
      note: order.note ?? "",
    },
  };
};

interface Large {
  readonly id: string;
  readonly amount: number;
  readonly customer: { readonly name: string; readonly email: string };
  readonly lines: readonly {
    readonly sku: string;
    readonly title: string;
    readonly qty: number;
    readonly price: number;
  }[];
}

const mapLarge: Mapping = (body) => {
  const order = body as Large;
  return {
    id: order.id,
    body: {
      id: order.id,
      buyer: order.customer.name,
      email: order.customer.email.toLowerCase(),
      cents: Math.round(order.amount * 100),
      lines: order.lines.map(({ sku, title, qty, price }) => ({
        sku,
        title,
        quantity: qty,
        cents: Math.round(price * 100),
      })),
    },
  };
};

const one = ["out"];
const three = ["out", "second", "third"];

export const small: Case = {
  integration: "small",
  what: "256 B, 1 target",
  targets: one,
  make: smallOrder,
  map: mapSmall,
  count: 20_000,
};

export const large: Case = {
  integration: "large",
  what: "4 KB, 1 target",
  targets: one,
  make: largeOrder,
  map: mapLarge,
  count: 8_000,
};

export const hopCases: readonly Case[] = [
  small,
  large,
  { ...small, integration: "small-three", what: "256 B, 3 targets", targets: three, count: 8_000 },
  { ...large, integration: "large-three", what: "4 KB, 3 targets", targets: three, count: 3_000 },
];

export const caseNamed = (integration: string, like: Case = small): Case => ({ ...like, integration });

// Quotas as numbers: sizes in bytes, messages per second.

import type { Quotas } from "../../schema/manifest.ts";
import type { QuotasSpec } from "../../schema/spec.gen.ts";
import type { Unchecked } from "../2-parse/spec.ts";
import { object, rate, size } from "./read-keys.ts";

/** What is wrong was told by the schema, and is left out. */
export function resolveQuotas(raw: unknown): Quotas {
  const keys: Unchecked<QuotasSpec> = object(raw);
  const messages = rate(keys.messages);
  const read: { readonly [Key in keyof Quotas]: Quotas[Key] | undefined } = {
    connections: count(keys.connections),
    storage: size(keys.storage),
    streams: count(keys.streams),
    consumers: count(keys.consumers),
    payload: size(keys.payload),
    messages: messages === undefined ? undefined : (messages.count * 1000) / messages.perMs,
  };
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined));
}

const count = (raw: unknown): number | undefined => (typeof raw === "number" ? raw : undefined);

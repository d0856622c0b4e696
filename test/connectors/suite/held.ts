// What a stream holds, read by whoever may read everything.

import { createInbox, type NatsConnection } from "@nats-io/nats-core";
import { isJsonObject, type Json } from "../../../schema/json.ts";
import { api } from "../../rig/topology.ts";
import { asItem } from "./ledger.ts";
import type { Item } from "./rig.ts";

/** The messages of a subject, and those of lists, oldest first. */
export async function heldBy(admin: NatsConnection, stream: string, subject: string): Promise<readonly Item[]> {
  const items: Item[] = [];
  const inbox = createInbox();
  const answers = admin.subscribe(inbox);
  const query = JSON.stringify({ seq: 1, batch: 2_000, next_by_subj: subject });
  admin.publish(`$JS.API.DIRECT.GET.${stream}`, query, { reply: inbox });
  for await (const message of answers) {
    // The end, or nothing at all.
    if ((message.headers?.code ?? 0) >= 200) break;
    const body: Json = message.json();
    items.push(...(Array.isArray(body) ? body : [body]).map(asItem));
  }
  answers.unsubscribe();
  return items;
}

/** A stream that is full, or that has room again. */
export async function takingNothing(admin: NatsConnection, stream: string, full: boolean): Promise<void> {
  const { config } = await api(admin, `STREAM.INFO.${stream}`);
  if (!isJsonObject(config)) throw new Error(`no stream ${stream}`);
  await api(admin, `STREAM.UPDATE.${stream}`, { ...config, max_msgs: full ? 1 : -1, discard: "new" });
}

/** Too large for any message of NATS, once the target's own steps have made it so: the intake would not take it. */
export const oversized: Item = { id: "poison", n: 99, text: "x".repeat(524_280) };
export const oversizing = {
  steps: [{ map: { "...": "${ body }", text: '${ body.id === "poison" ? body.text + body.text : body.text }' } }],
};

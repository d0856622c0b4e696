// How much of the server's log a slot keeps it from removing: told when it is much, each time that it doubles, and when
// the server says that the slot may be lost.

import type { Client } from "pg";
import type { SourceContext } from "../../schema/connector.ts";

const worthTelling = 64 * 1024 * 1024;

/** By pg_replication_slots.wal_status. */
const warnings: Readonly<Record<string, string>> = {
  extended: "the slot holds more of the server's log than the server means to keep",
  unreserved: "the slot holds so much of the server's log that the server may remove it: then changes are lost",
};

/** Looks once with each call. */
export function watchSlot({ name, log }: Pick<SourceContext, "name" | "log">, client: Client, slot: string) {
  let told = "";
  return async (): Promise<void> => {
    const { rows } = await client.query<{ held: string | null; status: string | null }>(
      `select pg_current_wal_lsn() - restart_lsn as held, wal_status as status
       from pg_replication_slots where slot_name = $1`,
      [slot],
    );
    const held = Number(rows[0]?.held ?? 0);
    const status = rows[0]?.status ?? "";
    const warning = warnings[status];
    const doubled = Math.floor(Math.log2(held / worthTelling));
    const now = warning === undefined && doubled < 0 ? "" : `${status} ${doubled}`;
    if (now === told) return;
    told = now;
    const fields = { source: name, slot, held, status };
    if (warning !== undefined) log.warn(fields, warning);
    else if (now !== "") log.info(fields, "bytes of the server's log that the slot holds");
  };
}

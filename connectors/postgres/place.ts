// What a source remembers of where it is: one record, so that position, server and snapshot always belong together.

import { createHash } from "node:crypto";
import { isJsonObject, type Json, type JsonObject } from "../../schema/json.ts";
import { type Lsn, lsnText, readLsn } from "./lsn.ts";

export const placeKey = "place";

/** Where a person's request for a new snapshot is left, see `vrsky source resnapshot`. */
export const requestKey = "resnapshot";

/**
 * Of one table. Texts of the key's columns. `began`: where the log was when a table came later than the slot, part of its
 * rows' ids, since it may have been there before.
 */
export type TableSnapshot =
  | { readonly kind: "done" }
  /** `barrier`: transactions that began before it must have ended. */
  | { readonly kind: "waiting"; readonly barrier?: string; readonly began?: string }
  | {
      readonly kind: "reading";
      readonly began?: string;
      readonly key: readonly string[];
      /** The last row that has been handed over. */
      readonly after: readonly string[] | undefined;
      /** The last row when it began. */
      readonly upTo: readonly string[];
    };

export interface Place {
  readonly system: string;
  readonly timeline: string;
  readonly database: string;
  readonly slot: string;
  /** From 1; a new one with each new slot. Part of all ids. */
  readonly generation: number;
  /** Where the slot began, part of all ids: who has forgotten its generation begins with the first one again. */
  readonly since: Lsn;
  /** `making`: the slot may be there or not, and nothing has been read from it. */
  readonly phase: "making" | "ready";
  /** Everything that was committed before it has been stored. */
  readonly position: Lsn;
  readonly tables: ReadonlyMap<string, TableSnapshot>;
  /** Transactions that have been handed over, and that a new query did not see yet. */
  readonly unseen: readonly number[];
  /** The last request for a new snapshot that was obeyed. */
  readonly request: string;
}

export const placeJson = (place: Place): JsonObject => ({
  ...place,
  since: lsnText(place.since),
  position: lsnText(place.position),
  tables: Object.fromEntries([...place.tables].map(([name, table]) => [name, tableJson(table)])),
  unseen: [...place.unseen],
});

function tableJson(table: TableSnapshot): JsonObject {
  if (table.kind === "done") return { kind: "done" };
  const began = table.began === undefined ? {} : { began: table.began };
  if (table.kind === "waiting") {
    return { kind: "waiting", ...began, ...(table.barrier === undefined ? {} : { barrier: table.barrier }) };
  }
  const { key, after, upTo } = table;
  const read = after === undefined ? {} : { after: [...after] };
  return { kind: "reading", ...began, key: [...key], upTo: [...upTo], ...read };
}

/** Undefined for what is none. */
export function readPlace(value: Json | undefined): Place | undefined {
  if (!isJsonObject(value)) return undefined;
  const position = readLsn(value.position);
  const { system, timeline, database, slot, generation, phase, tables, unseen, request } = value;
  if (position === undefined || typeof generation !== "number" || !isJsonObject(tables)) return undefined;
  if (phase !== "making" && phase !== "ready") return undefined;
  return {
    system: String(system),
    timeline: String(timeline),
    database: String(database),
    slot: String(slot),
    generation,
    since: readLsn(value.since) ?? 0n,
    phase,
    position,
    tables: new Map(Object.entries(tables).map(([name, table]) => [name, readTable(table)])),
    unseen: Array.isArray(unseen) ? unseen.filter((xid) => typeof xid === "number") : [],
    request: String(request ?? ""),
  };
}

function readTable(value: Json): TableSnapshot {
  if (!isJsonObject(value)) return { kind: "waiting" };
  if (value.kind === "done") return { kind: "done" };
  const [key, upTo, after] = [texts(value.key), texts(value.upTo), texts(value.after)];
  const began = typeof value.began === "string" ? { began: value.began } : {};
  if (value.kind === "reading" && key !== undefined && upTo !== undefined) {
    return { kind: "reading", ...began, key, upTo, after };
  }
  return { kind: "waiting", ...began, ...(typeof value.barrier === "string" ? { barrier: value.barrier } : {}) };
}

const texts = (value: Json | undefined): readonly string[] | undefined =>
  Array.isArray(value) ? value.map(String) : undefined;

/**
 * What all ids of one slot begin with. Positions come again on another timeline, and on another server; two sources of
 * one integration may count the same transaction differently.
 */
export const idBase = ({ system, timeline, generation, since }: Place, source: string): string =>
  `${system}/${timeline}/${source}/${generation}-${since.toString(16).toUpperCase()}`;

/**
 * Of slot and publication: stable, readable, at most 63 characters of `a-z 0-9 _`. Where two sources could have the same
 * one, a hash tells them apart.
 */
export function slotName(tenant: string, integration: string, source: string): string {
  const parts = [tenant, integration, source];
  const name = `vrsky_${parts.join("_").replaceAll("-", "_")}`;
  if (name.length <= 63 && !parts.some((part) => part.includes("-"))) return name;
  const hash = createHash("sha256").update(parts.join("/")).digest("hex").slice(0, 8);
  return `${name.slice(0, 54)}_${hash}`;
}

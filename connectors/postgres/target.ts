// Writes messages to a table: rows by insert, upsert or COPY, or the changes of another table. An inbox beside the rows
// makes a message that comes again one effect. What a value may be is the table's to say, asked of its catalog.

import { type Clock, type Delivery, type OpenTarget, steadyNow, type TargetContext } from "../../schema/connector.ts";
import { isJsonObject } from "../../schema/json.ts";
import type { DeliveryResult } from "../../schema/outcome.ts";
import type { Network } from "../network.ts";
import { choiceSetting, numberSetting, objectSetting, requiredText, textSetting, textsSetting } from "../setting.ts";
import {
  clientConfig,
  placeText,
  quoteTable,
  readAddress,
  readTableName,
  type TableName,
  tableText,
} from "./connection.ts";
import { openDatabase, type Session } from "./database.ts";
import { failureOf, isValue, refused } from "./failure.ts";
import { ensureInbox, keepPruning } from "./inbox.ts";
import { asRows, isUnfit } from "./rows.ts";
import { sqlFault } from "./sql-fault.ts";
import type { Inbox } from "./statements.ts";
import { isKey, readTable, type Table } from "./table.ts";
import { type Item, type Mode, type Write, write } from "./write.ts";
import { wrongColumn } from "./wrong-column.ts";

interface Plan {
  readonly name: TableName;
  readonly mode: Mode;
  readonly key: readonly string[];
  readonly inbox: Inbox | undefined;
  readonly inboxName: TableName;
}

const thirtySeconds = 30_000;
const twoWeeks = 14 * 24 * 3_600_000;
const modes = ["insert", "upsert", "copy", "changes"] as const;

export function openPostgresTarget(context: TargetContext, network?: Network): OpenTarget {
  const { settings, clock, log } = context;
  const address = readAddress(settings, `vrsky ${context.tenant}/${context.integration}`, network);
  const where = `PostgreSQL at ${placeText(address)}`;
  const connection = objectSetting(settings, "connection") ?? {};
  const database = openDatabase({
    config: clientConfig(address),
    clock,
    connections: numberSetting(connection, "connections", 8),
    timeout: numberSetting(connection, "timeout", thirtySeconds),
  });
  const plan = readPlan(context);
  const known = knownTable(plan, clock);
  const pruning =
    plan.inbox === undefined
      ? undefined
      : keepPruning(database, { ...plan.inbox, keepMs: numberSetting(settings, "inbox-keep", twoWeeks), clock, log });

  const attempt = async (session: Session, items: readonly Item[]): Promise<DeliveryResult> => {
    const table = await known.get(session);
    if (typeof table === "string")
      return { kind: "transient", failure: { class: "unavailable", message: `${where}: ${table}` } };
    const given: Write = { session, table, ...plan };
    try {
      const written = await write(given, items);
      if (isUnfit(written))
        return refused(written.kind === "value" ? "invalid" : "rejected", `${where}: ${written.message}`);
      return { kind: "delivered", ...detail(written.fresh, items.length) };
    } catch (error) {
      const [only] = items;
      if (items.length !== 1 || only === undefined || !isValue(sqlFault(error))) throw error;
      const message = await nameColumn(given, only).catch(() => undefined);
      if (message === undefined) throw error;
      return refused("invalid", `${where}: ${message}`);
    }
  };
  const deliver = async ({ id, body, batch, signal }: Delivery): Promise<DeliveryResult> => {
    const items: readonly Item[] = batch === undefined ? [{ id, body }] : itemsOf(batch.ids, body);
    const once = (): Promise<DeliveryResult> => database.use(signal, (session) => attempt(session, items));
    try {
      const result = await once();
      // The table may have got a column since, or a column another type.
      if (result.kind !== "permanent" || !known.forget()) return result;
      return await once();
    } catch (error) {
      if (sqlFault(error).kind !== "statement" || !known.forget()) throw error;
      return await once();
    }
  };
  return {
    deliver: async (delivery) => {
      const result = await deliver(delivery).catch((error: unknown) => failureOf(error, where));
      if (result.kind === "delivered") pruning?.written();
      return result;
    },
    close: async () => {
      await pruning?.stop();
      await database.close();
    },
  };
}

function readPlan({ tenant, integration, name, settings }: TargetContext): Plan {
  const table = readTableName(requiredText(settings, "table"));
  const mode = choiceSetting(settings, "mode", modes) ?? "insert";
  const own = textSetting(settings, "inbox-table");
  const inboxName = own === undefined ? { ...table, table: "vrsky_inbox" } : readTableName(own);
  const inbox = { table: quoteTable(inboxName), target: `${tenant}/${integration}/${name}` };
  return {
    name: table,
    mode,
    key: mode === "upsert" || mode === "changes" ? textsSetting(settings, "key") : [],
    inbox: settings.inbox === false ? undefined : inbox,
    inboxName,
  };
}

const itemsOf = (ids: readonly string[], body: Delivery["body"]): readonly Item[] =>
  (Array.isArray(body) ? body : []).map((each: Item["body"], at) => ({ id: ids[at] ?? "", body: each }));

/** For a value that the server refused: its column. */
async function nameColumn({ session, table, mode }: Write, { id, body }: Item): Promise<string | undefined> {
  const row = mode === "changes" && isJsonObject(body) ? (body.row ?? null) : body;
  const rows = asRows([{ id, body: row }]);
  const [only] = isUnfit(rows) ? [] : rows;
  return only === undefined ? undefined : await wrongColumn(session, table, only.body);
}

const detail = (fresh: number, all: number): { readonly detail?: string } =>
  fresh === all ? {} : { detail: all === 1 ? "it was there already" : `${all - fresh} of ${all} were there already` };

interface KnownTable {
  /** A text says why it cannot be written to. */
  get(session: Session): Promise<Table | string>;
  /** False: it was read a moment ago, or not at all. */
  forget(): boolean;
}

/** Messages that fit no table at all are no reason to ask for every one of them. */
const freshMs = 1_000;

function knownTable({ name, key, inbox, inboxName }: Plan, clock: Clock): KnownTable {
  let known: { readonly table: Table; readonly at: number } | undefined;
  return {
    get: async (session) => {
      if (known !== undefined) return known.table;
      const table = await readTable(session, name);
      if (table === undefined) return `there is no table ${tableText(name)} that this user may see; capitals count`;
      if (key.length > 0 && !isKey(table, key)) {
        return `${tableText(name)} has no primary key and no unique index on (${key.join(", ")}), which \`key\` needs`;
      }
      if (inbox !== undefined) await ensureInbox(session, inboxName);
      known = { table, at: steadyNow(clock) };
      return table;
    },
    forget: () => {
      if (known === undefined || steadyNow(clock) - known.at < freshMs) return false;
      known = undefined;
      return true;
    },
  };
}

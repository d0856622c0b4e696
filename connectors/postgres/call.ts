// A query whose rows a step or a poll wants. It reads only, unless its settings say otherwise; data stands in parameters
// alone, and what would not fit in memory is refused before it is all read.

import type { PoolClient, QueryResult } from "pg";
import type { Delivery, OpenTarget, TargetContext } from "../../schema/connector.ts";
import type { Json, JsonObject } from "../../schema/json.ts";
import type { DeliveryResult } from "../../schema/outcome.ts";
import type { Network } from "../network.ts";
import { numberSetting, objectSetting, requiredText } from "../setting.ts";
import { createTypes, type Types } from "./column-types.ts";
import { clientConfig, placeText, readAddress } from "./connection.ts";
import { isUndecided, openDatabase, type Session } from "./database.ts";
import { failureOf, refused } from "./failure.ts";
import { readValue } from "./read-value.ts";
import { sqlFault } from "./sql-fault.ts";
import { toText } from "./value.ts";

const thirtySeconds = 30_000;

/** Of one answer. */
const mostRows = 10_000;
const mostCharacters = 8 * 1024 * 1024;

/** Values as text have one form, for this transaction and nobody after it. */
const forms = [
  "set local datestyle to iso",
  "set local timezone to 'UTC'",
  "set local intervalstyle to iso_8601",
  "set local bytea_output to hex",
].join("; ");

export function openPostgresCall(context: TargetContext, network?: Network): OpenTarget {
  const { settings, clock } = context;
  const address = readAddress(settings, `vrsky ${context.tenant}/${context.integration}`, network);
  const where = `PostgreSQL at ${placeText(address)}`;
  const connection = objectSetting(settings, "connection") ?? {};
  const query = requiredText(settings, "query");
  const begin = `begin${settings["read-only"] === false ? "" : " read only"}; ${forms}`;
  const database = openDatabase({
    config: clientConfig(address),
    clock,
    connections: numberSetting(connection, "connections", 8),
    timeout: numberSetting(connection, "timeout", thirtySeconds),
    asText: true,
  });
  const ask = async (session: Session, params: readonly (string | null)[]): Promise<DeliveryResult> => {
    const answer = await session.transaction(() => rowsOf(session.client, query, params), begin);
    return typeof answer === "string"
      ? refused("rejected", `${where}: ${answer}`)
      : { kind: "delivered", detail: `${answer.length} rows`, answer };
  };
  return {
    deliver: async (delivery) => {
      try {
        const params = paramsOf(delivery);
        return await database.use(delivery.signal, (session) => ask(session, params));
      } catch (error) {
        if (!isUndecided(error) && sqlFault(error).code === "25006") {
          return refused("rejected", `${where}: the query writes; it may where \`read-only: false\` is set`);
        }
        return failureOf(error, where);
      }
    },
    question: ({ settings: asked }) => [query, asked.params ?? []],
    close: () => database.close(),
  };
}

/** Lists become arrays, objects JSON; what type a parameter has, its place in the query says. */
function paramsOf({ settings }: Pick<Delivery, "settings">): readonly (string | null)[] {
  const given = settings.params ?? [];
  const list: readonly Json[] = Array.isArray(given) ? given : [given];
  return list.map((value) => {
    const array = Array.isArray(value) && !value.some((item) => typeof item === "object" && item !== null);
    const form = typeof value === "object" && !array ? "json" : "plain";
    return toText(value, { form, array }) ?? null;
  });
}

/** A text says why there is no answer. */
async function rowsOf(
  client: PoolClient,
  query: string,
  params: readonly (string | null)[],
): Promise<readonly JsonObject[] | string> {
  const { default: Cursor } = await import("pg-cursor");
  const cursor = client.query(new Cursor<Row>(query, [...params], { types: asText }));
  const found = await readAll(cursor);
  await cursor.close();
  if (typeof found === "string") return found;
  const { rows, fields } = found;
  const types = createTypes(client);
  await types.learn(fields.map(({ dataTypeID }) => dataTypeID));
  return rows.map((row) => toJson(row, fields, types));
}

async function readAll(cursor: Reading): Promise<{ readonly rows: readonly Row[]; readonly fields: Fields } | string> {
  const rows: Row[] = [];
  for (let size = 0; ; ) {
    const [some, { fields }] = await read(cursor, step);
    for (const row of some) for (const text of Object.values(row)) size += text?.length ?? 0;
    rows.push(...some);
    if (rows.length > mostRows) return `more than ${mostRows} rows: give the query a \`limit\``;
    if (size > mostCharacters)
      return `rows of more than ${mostCharacters / 1024 / 1024} MiB: give the query a \`limit\``;
    if (some.length < step) return { rows, fields };
  }
}

/** Rows that are asked for at once. */
const step = 500;

type Fields = QueryResult["fields"];
type Row = Readonly<Record<string, string | null>>;

const asText = { getTypeParser: () => (text: string) => text };

interface Reading {
  read(count: number, then: (error: Error | undefined, rows: Row[], result: QueryResult) => void): undefined;
}

const read = (cursor: Reading, count: number): Promise<readonly [readonly Row[], QueryResult]> =>
  new Promise((resolve, reject) => {
    cursor.read(count, (error, rows, result) => (error ? reject(error) : resolve([rows, result])));
  });

const toJson = (row: Row, fields: Fields, types: Types): JsonObject =>
  Object.fromEntries(
    fields.map(({ name, dataTypeID }) => {
      const text = row[name] ?? null;
      return [name, text === null ? null : readValue(text, types.formOf(dataTypeID), undefined)];
    }),
  );

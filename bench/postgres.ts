// Rows into PostgreSQL: the target as a worker opens it, against a COPY of everything at once and a multi-row statement
// written by hand, with the inbox and without it. A real server that syncs every commit.

import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import pg from "pg";
import { from } from "pg-copy-streams";
import { openPostgresTarget } from "../connectors/postgres/target.ts";
import type { Json, JsonObject } from "../schema/json.ts";
import { delivery, targetContext } from "../test/rig/connector.ts";
import { postgresServer } from "../test/rig/postgres.ts";
import { paired, type Ratio } from "./paired.ts";

export interface PostgresFigure {
  readonly what: string;
  readonly ratio: Ratio;
  /** Rows per second. */
  readonly ours: number;
  readonly theirs: number;
}

const columns = ["id", "customer", "total", "placed", "status", "note", "lines", "vip"] as const;

const table = (name: string): string =>
  `create table ${name} (id int primary key, customer text, total numeric(12,2), placed timestamptz, status text, note text, lines jsonb, vip boolean)`;

type Order = Readonly<Record<(typeof columns)[number], Json>>;

const orders = (count: number): readonly Order[] =>
  Array.from({ length: count }, (_, id) => ({
    id,
    customer: `customer ${id % 977}`,
    total: (id % 10_000) / 100,
    placed: "2024-02-29T12:00:00Z",
    status: id % 3 === 0 ? "paid" : "open",
    note: id % 5 === 0 ? null : "a note with a\ttab and some more text in it",
    lines: [{ sku: `s-${id % 50}`, quantity: id % 7 }],
    vip: id % 11 === 0,
  }));

const asText = (value: Json): string | null =>
  value === null ? null : typeof value === "object" ? JSON.stringify(value) : String(value);

const copyRows = 40_000;
const statementRows = 10_000;
const list = 500;

export async function* postgres(pairs = 5): AsyncGenerator<PostgresFigure> {
  await using server = await postgresServer({ settings: { fsync: "on" } });
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query(table("ours"));
  await client.query(table("theirs"));
  const many = orders(copyRows);
  const some = many.slice(0, statementRows);
  try {
    let round = 0;
    for (const inbox of [false, true]) {
      const beside = inbox ? "with the inbox" : "without an inbox";
      const context = (settings: JsonObject) =>
        targetContext({ connection: { url: server.url }, table: "ours", inbox, ...settings });
      const run = async (settings: JsonObject, rows: readonly Order[], each: number): Promise<number> => {
        await client.query(`truncate ours`);
        const target = openPostgresTarget(context(settings));
        round += 1;
        const began = performance.now();
        for (let at = 0; at < rows.length; at += each) {
          const bodies = rows.slice(at, at + each);
          const ids = bodies.map(({ id }) => `${round}-${id}`);
          const batch = { id: `${round}-${at}`, count: bodies.length, ids };
          const result = await target.deliver(delivery({}, bodies, { id: batch.id, batch }));
          if (result.kind !== "delivered") throw new Error(result.failure.message);
        }
        const rate = rows.length / ((performance.now() - began) / 1_000);
        await target.close();
        return rate;
      };
      const copied = await paired(
        pairs,
        () => run({ mode: "copy" }, many, 5_000),
        () => plainCopy(client, many),
      );
      yield { what: `COPY in lists of 5,000 ${beside} : one COPY of all`, ...copied };
      const upserted = await paired(
        pairs,
        () => run({ mode: "upsert", key: ["id"] }, some, list),
        () => plainUpsert(client, some),
      );
      yield { what: `upsert in lists of ${list} ${beside} : by hand`, ...upserted };
    }
  } finally {
    await client.end();
  }
}

/** As `psql \copy` does it. */
async function plainCopy(client: pg.Client, rows: readonly Order[]): Promise<number> {
  await client.query("truncate theirs");
  const began = performance.now();
  await pipeline(Readable.from(copyText(rows)), client.query(from(`copy theirs (${columns.join(", ")}) from stdin`)));
  return rows.length / ((performance.now() - began) / 1_000);
}

function* copyText(rows: readonly Order[]): Generator<string> {
  for (let at = 0; at < rows.length; at += 500) {
    yield rows
      .slice(at, at + 500)
      .map((row) => `${columns.map((name) => copied(asText(row[name]))).join("\t")}\n`)
      .join("");
  }
}

const copied = (text: string | null): string =>
  text === null ? "\\N" : text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\t", "\\t");

async function plainUpsert(client: pg.Client, rows: readonly Order[]): Promise<number> {
  await client.query("truncate theirs");
  const places = Array.from(
    { length: list },
    (_, row) => `(${columns.map((_, at) => `$${row * columns.length + at + 1}`)})`,
  );
  const rest = columns.slice(1).map((name) => `${name} = excluded.${name}`);
  const sql = `insert into theirs (${columns.join(", ")}) values ${places.join(", ")} on conflict (id) do update set ${rest.join(", ")}`;
  const began = performance.now();
  for (let at = 0; at < rows.length; at += list) {
    const values = rows.slice(at, at + list).flatMap((row) => columns.map((name) => asText(row[name])));
    await client.query(sql, values);
  }
  return rows.length / ((performance.now() - began) / 1_000);
}

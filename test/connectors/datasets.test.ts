// Files that others wrote go through the whole house and come out equal: into lines of JSON, into CSV where they are small
// and flat, and through tables of PostgreSQL where their records are rows.

import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { expect, test } from "vitest";
import { processIo } from "../../cli/io.ts";
import { openStage, type Stage } from "../../examples/demo/stage.ts";
import { isJsonObject, type Json, type JsonObject } from "../../schema/json.ts";
import { cellsIn, type DataSet, dataSets, plainName, typed } from "../rig/datasets.ts";
import { postgresServer, superUser } from "../rig/postgres.ts";
import { until } from "../rig/wait.ts";

const asCsv = new Set(["seattle-weather", "la-riots", "disasters"]);

const sourceOf = ({ name, file, settings, contract }: DataSet): JsonObject => ({
  file: { path: `in/${name}/${basename(file)}`, ...settings, every: "50ms", "stable-for": "50ms" },
  contract: Object.keys(contract).length === 0 ? "any" : `${name}@1`,
});

function copying(set: DataSet): JsonObject {
  const { name, columns } = set;
  const flat = Object.keys(columns ?? {}).map(plainName);
  const csv = { file: { path: `csv/${name}.csv`, format: "csv", columns: flat } };
  return {
    integration: name,
    source: sourceOf(set),
    targets: {
      lines: { file: { path: `lines/${name}.jsonl`, format: "jsonl" } },
      ...(asCsv.has(name) ? { csv } : {}),
    },
  };
}

/** A workspace with these integrations, and the files of the sets where its worker looks for them. */
async function write(folder: string, sets: readonly DataSet[], integrations: readonly JsonObject[]): Promise<void> {
  const tenant = { tenant: "acme", secrets: ["db_password"] };
  const url = `postgres://${superUser.user}:\${ secrets.db_password }@127.0.0.1:\${ settings.dbPort }/postgres`;
  const documents = [tenant, { connections: { shop: { postgres: { url } } } }, ...integrations];
  const texts = {
    "vrsky.yaml":
      "workspace: data\nlanguage: 1\nsettings: { dbPort: integer }\ncontexts: { dev: { settings: { dbPort: 1 } } }\n",
    "tenants/acme/a.yaml": documents.map((document) => `${JSON.stringify(document)}\n`).join("---\n"),
    ...Object.fromEntries(sets.map((set) => [`contracts/${set.name}@1.json`, JSON.stringify(set.contract)])),
  };
  for (const [path, text] of Object.entries(texts)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  for (const { name, file } of sets) {
    await mkdir(join(folder, "data/in", name), { recursive: true });
    await copyFile(file, join(folder, "data/in", name, basename(file)));
  }
}

async function staged({ sets, integrations, port = 1 }: Staged, use: (stage: Stage) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "vrsky-data-"));
  try {
    await write(folder, sets, integrations);
    const secrets = { db_password: superUser.password };
    await using stage = await openStage({
      workspace: folder,
      folder,
      settings: { dbPort: port },
      secrets,
      io: processIo(),
    });
    await use(stage);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Staged {
  readonly sets: readonly DataSet[];
  readonly integrations: readonly JsonObject[];
  /** Of PostgreSQL. */
  readonly port?: number;
}

/** Those that have their line end. */
const linesIn = async (path: string): Promise<readonly string[]> =>
  (await readFile(path, "utf8").catch(() => "")).split("\n").slice(0, -1);

/** The records of a set that are there as lines, once all of them are. */
async function arrived(stage: Stage, name: string, count: number): Promise<readonly Json[]> {
  const path = join(stage.dataDir, `lines/${name}.jsonl`);
  await until(`${name} is there`, async () => (await linesIn(path)).length >= count);
  return (await linesIn(path)).map((line): Json => JSON.parse(line));
}

const sorted = (values: readonly unknown[]): readonly string[] => values.map((value) => stable(value)).sort();
const stable = (value: unknown): string =>
  JSON.stringify(value, (_, member) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );

test("CSV, TSV, JSON and XML that others wrote come out equal", async () => {
  await staged({ sets: dataSets, integrations: dataSets.map(copying) }, async (stage) => {
    for (const { name, columns, records } of dataSets) {
      const wanted = records();
      expect(wanted.length).toBeGreaterThan(20);
      expect(sorted(await arrived(stage, name, wanted.length))).toEqual(sorted(wanted));
      if (!asCsv.has(name)) continue;
      const csv = join(stage.dataDir, `csv/${name}.csv`);
      await until(`${name} is there as CSV`, async () => (await linesIn(csv)).length > wanted.length);
      const cells = cellsIn(await readFile(csv, "utf8"));
      expect(sorted(cells.map((row) => typed(row, columns)))).toEqual(sorted(wanted));
    }
  });
}, 180_000);

/** A set as rows of a table, whose columns are what its records show. */
interface Rows {
  readonly set: DataSet;
  readonly table: string;
  readonly columns: Readonly<Record<string, string>>;
  readonly wanted: readonly JsonObject[];
}

function rowsOf(set: DataSet): Rows {
  const records = set.records().filter(isJsonObject);
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))];
  const columns = Object.fromEntries(
    names.map((name) => [name, typeOf(records.map((record) => record[name] ?? null))]),
  );
  // A column that a record lacks is NULL in a table.
  const none = Object.fromEntries(names.map((name): [string, Json] => [name, null]));
  const wanted = records.map((record) => ({ ...none, ...record }));
  return { set, table: set.name.replaceAll("-", "_"), columns, wanted };
}

function typeOf(values: readonly Json[]): string {
  const [kind, ...others] = new Set(values.filter((value) => value !== null).map((value) => typeof value));
  if (others.length > 0) return "jsonb";
  return kind === "string" ? "text" : kind === "number" ? "double precision" : "jsonb";
}

/** The contract of a column by its type in the table. */
const kinds: Readonly<Record<string, string>> = {
  text: "string | null",
  "double precision": "number | null",
  jsonb: "any",
};

const contractOf = (columns: Rows["columns"]): JsonObject => ({
  n: "integer",
  ...Object.fromEntries(Object.entries(columns).map(([name, type]) => [name, kinds[type] ?? "any"])),
});

const filling = ({ set, table }: Rows): JsonObject => ({
  integration: `${set.name}-in`,
  source: sourceOf(set),
  targets: {
    table: { batch: { count: 500, within: "200ms" }, postgres: { connection: "shop", table, mode: "copy" } },
  },
});

const followed = ({ set, table, columns }: Rows): JsonObject => ({
  source: { postgres: { connection: "shop", tables: [`public.${table}`] }, contract: contractOf(columns) },
  targets: { out: { file: { path: `lines/${set.name}.jsonl`, format: "jsonl" } } },
});

/** Rows get their numbers before they are committed, so they are asked for once all are there. */
const polled = ({ set, table, columns, wanted }: Rows): JsonObject => ({
  source: {
    poll: {
      every: "200ms",
      postgres: {
        connection: "shop",
        query: `select * from ${table} where n > $1::int and (select count(*) from ${table}) = ${wanted.length} order by n limit 500`,
        params: ["${ cursor }"],
      },
      contract: [contractOf(columns)],
      items: "${ page }",
      more: "${ page.length === 500 }",
      cursor: { start: "0", next: "${ `${ page.at(-1)?.n ?? cursor }` }" },
    },
    "message-id": "${ body.n }",
  },
  targets: { out: { file: { path: `lines/${set.name}.jsonl`, format: "jsonl" } } },
});

test("CSV, TSV and lists of JSON become rows of PostgreSQL, and these files again, equal", async () => {
  const all = dataSets.filter(({ settings }) => settings.format !== "xml").map(rowsOf);
  const reading = all.map((rows) => ({
    integration: `${rows.set.name}-out`,
    ...(rows.set.settings.format === "csv" ? polled(rows) : followed(rows)),
  }));
  await using postgres = await postgresServer();
  for (const { table, columns } of all) {
    const list = Object.entries(columns).map(([name, type]) => `"${name}" ${type}`);
    await postgres.query(`create table ${table} (n serial primary key, ${list.join(", ")})`);
  }
  const integrations = [...all.map(filling), ...reading];
  await staged({ sets: all.map(({ set }) => set), integrations, port: postgres.port }, async (stage) => {
    for (const { set, wanted } of all) {
      const bodies = (await arrived(stage, set.name, wanted.length)).filter(isJsonObject);
      // Of a change the row is a part.
      const rows = bodies.map((body) => (isJsonObject(body.row) ? body.row : body));
      expect(sorted(rows.map(({ n: _, ...row }) => row))).toEqual(sorted(wanted));
    }
    expect(await stage.deadLetters()).toBe(0);
  });
}, 180_000);

// CSV file → PostgreSQL: two thousand rows with a few that cannot be rows, and the same file a second time.

import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { postgresServer, superUser } from "../../test/rig/postgres.ts";
import type { Demo } from "../demo/demo.ts";
import { openStage, type Stage } from "../demo/stage.ts";

const rows = 2_000;
/** Line of the file → what stands there. */
const broken: Readonly<Record<number, string>> = {
  100: "sku-x;a lot;NOK;1",
  1000: "sku-y;1.5;USD;1",
  1900: "sku-z;1.5;SEK;one",
};

export const csvToPostgres: Demo = {
  name: "csv-to-postgres",
  title: "CSV file → PostgreSQL",
  play: async ({ folder, io, check }) => {
    await using postgres = await postgresServer();
    await postgres.query(
      "create table prices (sku text primary key, price numeric(10,2) not null, currency char(3), stock int)",
    );
    await using stage = await openStage({
      workspace: new URL(".", import.meta.url).pathname,
      folder,
      settings: { dbPort: postgres.port },
      secrets: { db_password: superUser.password },
      io,
    });
    const rejected = Object.keys(broken).length;
    await drop(stage, "supplier.csv", priceList());
    check("every row has its end", await stage.until(() => stage.count("delivered") >= rows + rejected));
    check("the table holds what the file says", (await sumOf(postgres)) === wanted());
    const rejects = (await readFile(join(stage.dataDir, "rejects.jsonl"), "utf8")).trim().split("\n");
    const lines = rejects.map((line) => (JSON.parse(line) as { readonly line: number }).line).sort((a, b) => a - b);
    check("the rows that are none are kept aside by their lines", lines.join() === Object.keys(broken).join());
    await drop(stage, "supplier.csv", priceList());
    check("the same file again changes nothing", (await gone(stage)) && (await sumOf(postgres)) === wanted());
    check("nothing is dead", (await stage.deadLetters()) === 0);
    return `${rows} rows copied in batches, ${rejected} kept aside with line and reason, the same file again: no row more`;
  },
};

const priceOf = (index: number): number => 100 + index;

function priceList(): string {
  const lines = ["sku;price;currency;stock"];
  for (let index = 0; index < rows; index++) {
    const wrong = broken[lines.length + 1];
    if (wrong !== undefined) lines.push(wrong);
    lines.push(
      `sku-${index};${(priceOf(index) / 100).toFixed(2)};${["NOK", "SEK", "EUR"][index % 3]};${index % 7 === 0 ? "" : index}`,
    );
  }
  return `${lines.join("\r\n")}\r\n`;
}

const wanted = (): string => {
  const all = Array.from({ length: rows }, (_, index) => index);
  const cents = all.reduce((sum, index) => sum + priceOf(index), 0);
  const stock = all.reduce((sum, index) => sum + (index % 7 === 0 ? 0 : index), 0);
  return `${rows} ${(cents / 100).toFixed(2)} ${stock}`;
};

async function sumOf(postgres: {
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
}): Promise<string> {
  const [row] = await postgres.query("select count(*) as n, sum(price) as price, sum(stock) as stock from prices");
  return `${row?.n} ${row?.price} ${row?.stock}`;
}

/** As a careful sender does: it appears whole. */
async function drop({ dataDir }: Stage, name: string, text: string): Promise<void> {
  const inbox = join(dataDir, "prices");
  await mkdir(inbox, { recursive: true });
  await writeFile(join(inbox, `.${name}`), text);
  await rename(join(inbox, `.${name}`), join(inbox, name));
}

/** Until it has been read to its end and moved away. */
const gone = ({ dataDir, until }: Stage): Promise<boolean> =>
  until(() =>
    readFile(join(dataDir, "prices", "supplier.csv")).then(
      () => false,
      () => true,
    ),
  );

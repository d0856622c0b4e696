// A polling query: rows of a table that are newer than the last ones seen, page by page, each once.

import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { processIo } from "../../cli/io.ts";
import { openStage } from "../../examples/demo/stage.ts";
import { postgresServer, superUser } from "../rig/postgres.ts";
import { until } from "../rig/wait.ts";

const spec = `tenant: acme
secrets: [db_password]
---
connections:
  shop: { postgres: { url: "postgres://postgres:\${ secrets.db_password }@127.0.0.1:\${ settings.dbPort }/postgres" } }
---
integration: events
source:
  poll:
    every: 200ms
    postgres:
      connection: shop
      query: select id, kind from events where id > $1::int order by id limit 3
      params: ["\${ cursor }"]
    contract: [{ id: integer, kind: string }]
    items: \${ page }
    more: \${ page.length === 3 }
    cursor: { start: "0", next: "\${ \`\${ page.at(-1)?.id ?? cursor }\` }" }
  message-id: \${ body.id }
targets:
  out: { file: { path: events.jsonl, format: jsonl } }
`;

test("rows come once each, those that come later too", async () => {
  const folder = await mkdtemp(join(tmpdir(), "vrsky-poll-"));
  await using postgres = await postgresServer();
  await postgres.query("create table events (id int primary key, kind text)");
  await postgres.query("insert into events select i, 'kind ' || i from generate_series(1, 8) i");
  await mkdir(join(folder, "tenants/acme"), { recursive: true });
  await writeFile(join(folder, "tenants/acme/a.yaml"), spec);
  await writeFile(
    join(folder, "vrsky.yaml"),
    "workspace: w\nlanguage: 1\nsettings: { dbPort: integer }\ncontexts: { dev: { settings: { dbPort: 1 } } }\n",
  );
  try {
    await using stage = await openStage({
      workspace: folder,
      folder,
      settings: { dbPort: postgres.port },
      secrets: { db_password: superUser.password },
      io: processIo(),
    });
    const lines = async () =>
      (await readFile(join(stage.dataDir, "events.jsonl"), "utf8").catch(() => ""))
        .split("\n")
        .filter((line) => line !== "");
    await until("the rows that are there have come", async () => (await lines()).length === 8);
    await postgres.query("insert into events values (9, 'late')");
    await until("the late one has come", async () => (await lines()).length === 9);
    const rows = (await lines()).map((line): unknown => JSON.parse(line)) as {
      readonly id: number;
      readonly kind: string;
    }[];
    expect(rows.map(({ id }) => id).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(rows.find(({ id }) => id === 9)).toEqual({ id: 9, kind: "late" });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

// Files that others wrote go through the whole house and come out equal: into lines of JSON, and into CSV where they are
// small and flat.

import { readFileSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { applyTopology } from "../../cli/apply-topology.ts";
import { startEmbedded } from "../../cli/embedded.ts";
import type { Result } from "../../cli/exit.ts";
import { startHouse } from "../../cli/house.ts";
import { openAccess } from "../../cli/with-access.ts";
import { compileTexts } from "../rig/compile.ts";
import { cellsIn, type DataSet, dataSets, plainName, typed } from "../rig/datasets.ts";
import { until } from "../rig/wait.ts";

const asCsv = new Set(["seattle-weather", "la-riots", "disasters"]);

function integration({ name, file, settings, columns, contract }: DataSet): string {
  const path = `in/${name}/${basename(file)}`;
  const flat = Object.keys(columns ?? {}).map(plainName);
  const csv = { file: { path: `csv/${name}.csv`, format: "csv", columns: flat } };
  return JSON.stringify({
    integration: name,
    source: {
      file: { path, ...settings, every: "50ms", "stable-for": "50ms" },
      contract: Object.keys(contract).length === 0 ? "any" : `${name}@1`,
    },
    targets: {
      lines: { file: { path: `lines/${name}.jsonl`, format: "jsonl" } },
      ...(asCsv.has(name) ? { csv } : {}),
    },
  });
}

const workspace = {
  "vrsky.yaml": "workspace: data\nlanguage: 1\ncontexts: { dev: {} }\n",
  ...Object.fromEntries(
    dataSets.flatMap((set) => [
      [`tenants/acme/${set.name}.yaml`, integration(set)],
      [`contracts/${set.name}@1.json`, JSON.stringify(set.contract)],
    ]),
  ),
};

const linesIn = async (path: string): Promise<readonly string[]> =>
  (await readFile(path, "utf8").catch(() => "")).split("\n").slice(0, -1);

const sorted = (values: readonly unknown[]): readonly string[] => values.map((value) => stable(value)).sort();
const stable = (value: unknown): string =>
  JSON.stringify(value, (_, member) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );

test("CSV, TSV, JSON and XML that others wrote come out equal", async () => {
  const { emitted, diagnostics } = compileTexts(workspace);
  if (emitted === undefined) throw new Error(JSON.stringify(diagnostics, null, 2));
  const folder = await mkdtemp(join(tmpdir(), "vrsky-data-"));
  const ready = { folder, ...emitted };
  const io = { ...quiet, env: process.env, cwd: folder };
  try {
    await using nats = must(await startEmbedded(join(folder, "nats"), ready.topology, io));
    const context = { settings: {}, secrets: "env" as const };
    const cluster = { name: "dev", context, url: nats.url, credentials: nats.admin() };
    {
      await using access = must(await openAccess(ready, cluster));
      must(await applyTopology(ready, access, {}));
    }
    const dataDir = join(folder, "data");
    for (const { name, file } of dataSets) {
      await mkdir(join(dataDir, "in", name), { recursive: true });
      await copyFile(file, join(dataDir, "in", name, ".hidden"));
      await rename(join(dataDir, "in", name, ".hidden"), join(dataDir, "in", name, basename(file)));
    }
    const worker = { ...cluster, credentials: nats.workers() };
    const house = must(
      await startHouse({ ready, cluster: worker, httpPort: 0, dataDir, settings: {}, quiet: true, io }),
    );
    try {
      for (const { name, columns, records } of dataSets) {
        const wanted = records();
        expect(wanted.length).toBeGreaterThan(20);
        const lines = join(dataDir, `lines/${name}.jsonl`);
        await until(`${name} is there`, async () => (await linesIn(lines)).length >= wanted.length, 60_000);
        expect(sorted((await linesIn(lines)).map((line) => JSON.parse(line)))).toEqual(sorted(wanted));
        if (!asCsv.has(name)) continue;
        const csv = join(dataDir, `csv/${name}.csv`);
        const cells = (): readonly Record<string, string>[] => cellsIn(readFileSync(csv, "utf8"));
        await until(`${name} is there as CSV`, async () => (await linesIn(csv)).length > wanted.length, 60_000);
        expect(sorted(cells().map((row) => typed(row, columns)))).toEqual(sorted(wanted));
      }
    } finally {
      await house.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 180_000);

const quiet = {
  out: () => undefined,
  err: () => undefined,
  colorOut: false,
  colorErr: false,
  interactive: false,
};

function must<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(`${result.refusal.message} ${result.refusal.help ?? ""}`);
}

// One side of the file benchmark in a process of its own: `side.ts ours|theirs FOLDER`. Prints how long it took and how
// large the process was.

import { createReadStream } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse";
import { fileConnector } from "../../connectors/file/connector.ts";
import { systemClock } from "../../runtime/clock.ts";

const [side = "", folder = ""] = process.argv.slice(2);
const kinds = { id: "integer", name: "string", city: "string", note: "string", amount: "number" };

/** As far as the intake's door: each record typed, as bytes, with id and meta. */
async function ours(): Promise<number> {
  let started = 0;
  let rows = 0;
  const ending = new AbortController();
  const done = new Promise<void>((resolve, reject) => {
    const source = fileConnector({ dataDir: folder }).startSource?.({
      tenant: "acme",
      integration: "bench",
      name: "in",
      settings: { path: "rows.csv", format: "csv", every: 20, "stable-for": 20 },
      contract: {
        type: "object",
        required: Object.keys(kinds),
        properties: Object.fromEntries(Object.entries(kinds).map(([name, type]) => [name, { type }])),
      },
      accept: async () => ({ kind: "unavailable", reason: "not asked", retryAfterSeconds: 1 }),
      acceptAll: async (messages) => {
        started ||= performance.now();
        rows += messages.length;
        return messages.map(() => ({ kind: "stored", id: "", sequence: rows, duplicate: false }));
      },
      keep: () => Promise.reject(new Error("nothing is put aside")),
      fail: ({ reason }) => reject(new Error(reason)),
      signal: ending.signal,
      refuse: (reason) => reject(new Error(reason)),
      state: {
        get: async () => undefined,
        put: async (key) => void (key === "rows.csv" && resolve()),
      },
      clock: systemClock,
      log: {
        info: () => undefined,
        warn: (fields, message) => reject(new Error(`${message} ${JSON.stringify(fields)}`)),
      },
    });
    source?.catch(reject);
  });
  await done;
  ending.abort();
  return performance.now() - started;
}

async function theirs(): Promise<number> {
  const started = performance.now();
  let rows = 0;
  for await (const row of createReadStream(join(folder, "rows.csv")).pipe(parse({ columns: true }))) {
    if (row.id !== "") rows += 1;
  }
  return rows === 0 ? 0 : performance.now() - started;
}

const seconds = (await (side === "ours" ? ours() : theirs())) / 1000;
process.stdout.write(JSON.stringify({ seconds, resident: process.resourceUsage().maxRSS / 1024 }));
process.exit(0);

// A chain of streams over two accounts, with the worker and the server killed for real in the middle.

import type { ChildProcess } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compileTexts } from "../rig/compile.ts";
import { ended, killable } from "../rig/killable.ts";
import { until } from "../rig/wait.ts";

const count = 1_500;

const workspace = {
  "vrsky.yaml": "workspace: chain\nlanguage: 1\n",
  "tenants/acme/a.yaml": `tenant: acme
streams: { paid: { contract: { id: string, n: integer }, keep: 1h, export-to: [globex] } }
---
integration: write
source: { http: { path: /in }, contract: { id: string, n: integer }, message-id: "\${ body.id }" }
targets: { out: { stream: paid } }
---
integration: own
source: { stream: paid }
steps: [{ map: { id: "\${ meta.id }", n: "\${ body.n }" } }]
targets: { out: { file: { path: own.jsonl, format: jsonl, mode: append } } }
`,
  "tenants/globex/a.yaml": `integration: read
source: { stream: acme/paid }
steps: [{ map: { id: "\${ meta.id }", n: "\${ body.n }" } }]
targets: { out: { file: { path: read.jsonl, format: jsonl, mode: append } } }
`,
};

test("kill -9 of the worker twice and of the server once: every message reaches both readers under its id", async () => {
  await using stage = await killable(compileTexts(workspace));
  let port = "";
  const start = (): ChildProcess => {
    const child = stage.start(port || "0");
    child.stderr?.on("data", (chunk: Buffer) => {
      port ||= /webhooks on port (\d+)/.exec(chunk.toString())?.[1] ?? "";
    });
    return child;
  };
  const lines = async (file: string): Promise<readonly string[]> =>
    (await readFile(join(stage.dataDir, file), "utf8").catch(() => "")).split("\n").slice(0, -1);
  const distinct = async (file: string): Promise<number> => new Set(await lines(file)).size;

  let worker = start();
  await until("it listens", () => port !== "", 60_000);
  const sending = sendAll(() => port);
  for (const taken of [200, 700]) {
    await until(`${taken} have come out`, async () => (await distinct("read.jsonl")) >= taken, 60_000);
    await ended(worker);
    expect(await distinct("read.jsonl")).toBeLessThan(count);
    if (taken === 700) {
      const gone = stage.nats.exited;
      stage.nats.kill("SIGKILL");
      await gone;
      await stage.nats.restart();
    }
    worker = start();
  }
  await sending;
  const all = Array.from({ length: count }, (_, n) => JSON.stringify({ id: `m${n}`, n })).sort();
  for (const file of ["own.jsonl", "read.jsonl"]) {
    await until(`all are in ${file}`, async () => (await distinct(file)) >= count, 90_000);
    expect([...new Set(await lines(file))].sort()).toEqual(all);
  }
}, 240_000);

/** As a sender does it: again and again until it is told that the message is stored. */
async function sendAll(port: () => string): Promise<void> {
  let next = 0;
  const send = async (): Promise<void> => {
    for (let n = next++; n < count; n = next++) {
      const body = JSON.stringify({ id: `m${n}`, n });
      const headers = { "content-type": "application/json" };
      const post = () =>
        fetch(`http://127.0.0.1:${port()}/acme/in`, { method: "POST", headers, body }).then(
          ({ status }) => status === 202,
          () => false,
        );
      await until(`m${n} is stored`, post, 90_000);
    }
  };
  await Promise.all(Array.from({ length: 4 }, send));
}

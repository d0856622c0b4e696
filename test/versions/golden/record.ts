// Writes down what a version leaves on the wire: `tsx test/versions/golden/record.ts REF` builds it, lets its own command
// line compile, apply and run the small world on a real server, kills the worker in the middle of its work, and puts
// everything into REF.json beside this file. It is run once for a version; what it wrote is never written again.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@nats-io/transport-node";
import { seeded } from "../../../cli/cases/seeded.ts";
import { createTypeChecker } from "../../../compiler/4-check/type-checker.ts";
import { standingOf } from "../../faults/books.ts";
import { usual } from "../../faults/field.ts";
import type { Message } from "../../faults/integrations.ts";
import { compileWith } from "../../rig/compile-with.ts";
import { until } from "../../rig/wait.ts";
import { buildRef } from "../build.ts";
import { ownFolder, serverOf, writeAll } from "../place.ts";
import { startWorker } from "../worker.ts";
import { written } from "./wire.ts";
import { flows, type Golden, openWorld, polled, type RecordedFlow, texts } from "./world.ts";

const ref = process.argv[2] ?? "69353f0";
const dir = mkdtempSync(join(tmpdir(), "vrsky-golden-"));
using build = buildRef(ref);
const checker = createTypeChecker();
const { emitted, diagnostics } = compileWith(checker, texts());
checker.close();
if (emitted === undefined) throw new Error(JSON.stringify(diagnostics));
const nats = await serverOf(emitted.topology, join(dir, "nats"));
await writeAll(join(dir, "workspace"), Object.entries(texts()));
const login = join(dir, "worker.json");
const admin = join(dir, "admin.json");
writeFileSync(login, JSON.stringify({ acme: nats.users["acme-worker"] }));
writeFileSync(admin, JSON.stringify(nats.credentials));
const vrsky = (...args: readonly string[]): void =>
  void execFileSync(process.execPath, [...build.command, ...args], { stdio: ["ignore", 2, 2] });
vrsky("compile", join(dir, "workspace"), "--out", join(dir, "compiled"));
vrsky("apply", join(dir, "compiled"), "--nats", nats.url, "--creds", admin);

const { user = "", password: pass = "" } = nats.credentials.acme ?? {};
const connection = await connect({ servers: nats.url, user, pass });
const world = await openWorld("w1");
world.items = 5;
for (const receiver of world.receivers.values()) receiver.mood = usual;
await ownFolder(join(dir, "compiled"), join(dir, "w1"), world.settings);
const args = [join(dir, "w1"), "--nats", nats.url, "--creds", login, "--data-dir", join(dir, "data")];
const worker = await startWorker({ name: "w1", build, args, log: join(dir, "log") });

const random = seeded(5);
const sent = new Map(flows.map(({ name }) => [name, [] as Message[]]));
const send = async (from: number, to: number): Promise<void> => {
  for (const flow of flows) {
    for (let number = from; number <= to; number++) {
      const message = flow.message(number, random, 0);
      const answer = await fetch(`http://127.0.0.1:${worker.port}/acme/${flow.name}`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-shop": "de", traceparent },
        body: JSON.stringify(message.body),
      });
      if (!answer.ok) throw new Error(`${flow.name} ${number}: ${answer.status} ${await answer.text()}`);
      sent.get(flow.name)?.push(message);
    }
  }
};
const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const standing = () => Promise.all(flows.map(({ name, targets }) => standingOf(connection, name, targets)));
await send(1, 16);
await until("all is done", async () => (await standing()).every(({ left }) => left === 0));
await until("all is polled", () => world.receivers.get(polled)?.taken.length === world.items);
// The inboxes are away; of a split message only one item is.
for (const [name, receiver] of world.receivers) {
  receiver.mood = (asked) => {
    const away = asked.path === "/inbox" && (name !== "lines" || asked.messages.some(({ id }) => id.endsWith(".1")));
    return away ? { kind: "answer", status: 503 } : usual(asked);
  };
}
await send(17, 24);
await until("much is parked", async () => (await standing()).every(({ parked, left }) => parked + left > 3));
await worker.kill();
world.items = 9;

const recorded: Record<string, RecordedFlow> = {};
for (const { name } of flows) {
  const all = sent.get(name) ?? [];
  const taken = world.receivers.get(name)?.taken ?? [];
  recorded[name] = { sent: all, accepted: all.map(({ id }) => id), taken };
}
const golden: Golden = {
  version: build.name,
  flows: recorded,
  polled: { items: 5, taken: world.receivers.get(polled)?.taken ?? [] },
  streams: await written(connection),
};
const out = new URL(`${build.name}.json`, import.meta.url).pathname;
writeFileSync(out, `${JSON.stringify(golden, null, 1)}\n`);
process.stdout.write(`wrote ${out}\n`);
await connection.close();
await nats.stop();
rmSync(dir, { recursive: true, force: true });
process.exit(0);

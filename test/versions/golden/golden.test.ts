// What an older version of VRSky has left on the wire, in the middle of its work: today's worker takes it over and brings
// every message to the end that it must have. Nothing that was delivered comes again, nothing is forgotten.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { closeBooks, standingOf } from "../../faults/books.ts";
import { arrivals } from "../../faults/scenarios-order.ts";
import { command } from "../../rig/command.ts";
import { compileTexts } from "../../rig/compile.ts";
import { judgeOrder } from "../../rig/oracle.ts";
import { until } from "../../rig/wait.ts";
import { ownFolder, serverOf, writeAll } from "../place.ts";
import { startWorker } from "../worker.ts";
import { putBack } from "./wire.ts";
import { flows, type Golden, openWorld, polled, texts } from "./world.ts";

test.each(["69353f0"])(
  "%s: a worker of today goes on where that one was killed",
  async (version) => {
    const golden: Golden = JSON.parse(await readFile(new URL(`${version}.json`, import.meta.url), "utf8"));
    const { emitted, diagnostics } = compileTexts(texts());
    if (emitted === undefined) throw new Error(JSON.stringify(diagnostics));
    const dir = await mkdtemp(join(tmpdir(), "vrsky-golden-"));
    const nats = await serverOf(emitted.topology, join(dir, "nats"));
    const { user = "", password: pass = "" } = nats.credentials.acme ?? {};
    const connection = await connect({ servers: nats.url, user, pass });
    await using world = await openWorld("w1");
    try {
      await putBack(connection, golden.streams, (subject) => subject.endsWith(".lease"));
      world.items = golden.polled.items + 3;
      for (const [name, receiver] of world.receivers) {
        // Keys that its targets know already.
        receiver.taken.push(...(golden.flows[name] ?? golden.polled).taken);
        receiver.mood = ({ messages }) => {
          const refused = messages.some(({ body }) => Object(body).kind === "refused");
          return { kind: "answer", status: refused ? 400 : 200 };
        };
      }
      await writeAll(join(dir, "compiled"), emitted.files);
      await ownFolder(join(dir, "compiled"), join(dir, "w1"), world.settings);
      const login = join(dir, "worker.json");
      await writeFile(login, JSON.stringify({ acme: nats.users["acme-worker"] }));
      const args = [join(dir, "w1"), "--nats", nats.url, "--creds", login, "--data-dir", join(dir, "data")];
      const build = { name: "here", command, [Symbol.dispose]: () => undefined };
      const worker = await startWorker({ name: "w1", build, args, log: join(dir, "log") });
      const names = [...flows, { name: polled, targets: ["inbox"] }];
      const polledAll = () => world.receivers.get(polled)?.taken.length === world.items;
      await until("nothing is left", async () => {
        const left = await Promise.all(names.map(({ name, targets }) => standingOf(connection, name, targets)));
        return left.every((each) => each.left === 0) && polledAll();
      });
      expect((await worker.stop()).code).toBe(0);

      for (const integration of flows) {
        const { name, targets } = integration;
        const receiver = world.receivers.get(name);
        const flow = golden.flows[name];
        if (receiver === undefined || flow === undefined) throw new Error(`${name} was not recorded`);
        const verdicts = await closeBooks({
          integration,
          connection,
          sent: new Map(flow.sent.map((message) => [message.id, message])),
          accepted: new Set(flow.accepted),
          receiver,
          written: new Map(),
          allowed: new Map(targets.map((target) => [target, 0])),
        });
        expect(verdicts.flatMap(({ findings }) => findings)).toEqual([]);
        expect(verdicts.every(({ delivered }) => delivered > 0)).toBe(true);
        if (name === "ordered") expect(judgeOrder("inbox", arrivals(receiver))).toEqual([]);
      }
      // It asked from the cursor on that the other one had kept.
      expect(world.asked[0]).toBe(String(golden.polled.items));
    } finally {
      await connection.close();
      await nats.stop();
      await rm(dir, { recursive: true, force: true });
    }
  },
  180_000,
);

// A source whose outside system is away, that must not go on, or that breaks off: the worker starts and stays, says
// how it is, and tries again; a swap while it waits is as good as any other.

import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../runtime/clock.ts";
import { createMetrics } from "../../runtime/metrics.ts";
import { type Clock, type SourceContext, type SourceFailure, sourceError } from "../../schema/connector.ts";
import { fakeSystem, handMade, startLine } from "../rig/line.ts";
import { natsServer } from "../rig/nats.ts";
import { createTopology } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

const away: SourceFailure = { kind: "disconnected", reason: "the database is away" };
const halted: SourceFailure = { kind: "halted", reason: "the slot is gone", help: "take a new snapshot" };

/** Waits are a hundredth of what they are. */
const quick: Clock = { ...systemClock, after: (ms, run) => systemClock.after(ms >= 1_000 ? ms / 100 : ms, run) };

async function started(start: (time: number, context: SourceContext) => void) {
  const nats = await natsServer({ syncAlways: false });
  onTestFinished(() => nats[Symbol.asyncDispose]());
  await createTopology(await nats.connect(), { integration: "orders", targets: ["crm"] });
  const system = fakeSystem();
  const counts = { starts: 0, stops: 0 };
  const contexts: SourceContext[] = [];
  const connector = {
    ...system.connector,
    startSource: async (context: SourceContext) => {
      counts.starts += 1;
      contexts.push(context);
      start(counts.starts, context);
      return {
        stop: async () => {
          counts.stops += 1;
        },
      };
    },
  };
  const line = startLine(nats, { ...system, connector }, { clock: quick });
  return { line, counts, contexts };
}

const toldBy = (line: Awaited<ReturnType<typeof startLine>>): readonly string[] =>
  line.events.flatMap((event) =>
    event.kind === "source" ? [[event.condition, event.reason, event.help].filter(Boolean).join(": ")] : [],
  );

test("away when the worker starts: it comes up, says so, tries again, and runs", async () => {
  const { line: starting } = await started((time) => {
    if (time < 3) throw sourceError(away);
  });
  await using line = await starting;
  await until("it is ready", () => line.worker.health().ready);
  await until("it runs", () => toldBy(line).includes("running"));
  expect(toldBy(line)).toEqual(["disconnected: the database is away", "running"]);
  expect(line.worker.health().integrations[0]?.sources).toEqual({ door: { condition: "running" } });
});

test("halted: a person is told what to do, it is looked at again, and the metric says 0", async () => {
  let healed = false;
  const { line: starting } = await started(() => {
    if (!healed) throw sourceError(halted);
  });
  await using line = await starting;
  expect(toldBy(line)).toEqual(["halted: the slot is gone: take a new snapshot"]);
  const figure = async () =>
    (await createMetrics().text(line.worker.health()))
      .split("\n")
      .find((text) => text.startsWith("vrsky_source_running{"));
  expect(await figure()).toMatch(/source="door"\} 0$/);
  healed = true;
  await until("it runs", () => toldBy(line).includes("running"));
  expect(await figure()).toMatch(/source="door"\} 1$/);
});

test("one that breaks off is stopped and started again; a stop while it waits ends it", async () => {
  const { line: starting, counts, contexts } = await started(() => undefined);
  await using line = await starting;
  contexts[0]?.fail(away);
  expect(contexts[0]?.signal.aborted).toBe(true);
  await until("it was started again", () => counts.starts === 2);
  expect(counts.stops).toBe(1);
  contexts[1]?.fail(halted);
  await until("it says so", () => toldBy(line).length === 3);
  await line.worker.stop();
  expect(counts).toEqual({ starts: 2, stops: 2 });
});

test("a swap while it waits: the new settings are tried at once; a mistake in them leaves what was", async () => {
  const { line: starting, counts } = await started((time, { contract }) => {
    if (time === 1) throw sourceError(away);
    if (contract !== undefined && time === 2) throw new Error("port in use");
  });
  await using line = await starting;
  await expect(line.worker.swap([{ tenant: "acme", bundles: [handMade({ contract: "new" })] }])).rejects.toThrow(
    "port in use",
  );
  await line.worker.swap([{ tenant: "acme", bundles: [handMade({ contract: "newer" })] }]);
  expect(line.worker.health().integrations[0]?.sources.door?.condition).toBe("running");
  expect(counts.starts - counts.stops).toBeGreaterThan(0);
});

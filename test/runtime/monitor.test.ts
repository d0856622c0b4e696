// What those who watch a worker see.

import { expect, test } from "vitest";
import { createMetrics } from "../../runtime/metrics.ts";
import { startMonitor } from "../../runtime/monitor.ts";
import { fakeSystem, quiet, startLine } from "../rig/line.ts";
import { natsServer } from "../rig/nats.ts";
import { createTopology } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

test("metrics, life and readiness", async () => {
  await using nats = await natsServer();
  const admin = await nats.connect();
  await createTopology(admin, { integration: "orders", targets: ["crm"] });
  const system = fakeSystem();
  await using line = await startLine(nats, system);
  const metrics = createMetrics();
  const monitor = await startMonitor({ port: 0, host: "127.0.0.1", metrics, health: line.worker.health });
  const get = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${monitor.port}${path}`);
    return `${answer.status} ${await answer.text()}`;
  };
  try {
    await expect(
      startMonitor({ port: monitor.port, host: "127.0.0.1", metrics, health: line.worker.health }),
    ).rejects.toThrow(`the metrics port ${monitor.port} cannot be opened: it is in use`);
    await system.send({ id: "a1" });
    await system.send({ id: "a1" });
    await system.send({ id: "a2", refuse: true });
    await system.send({ id: "a3", broken: "yes" });
    await quiet(admin);
    for (const event of line.events) metrics.observe(event);
    const text = await get("/metrics");
    expect(text).toContain(
      'vrsky_messages_total{tenant="acme",integration="orders",target="crm",outcome="delivered"} 1',
    );
    expect(text).toContain('vrsky_messages_total{tenant="acme",integration="orders",target="crm",outcome="dead"} 1');
    expect(text).toContain('vrsky_accepted_total{tenant="acme",integration="orders",source="door",duplicate="true"} 1');
    expect(text).toContain('vrsky_refused_total{tenant="acme",integration="orders",source="door",class="invalid"} 1');
    expect(text).toContain('vrsky_in_flight{tenant="acme",integration="orders",target="crm"} 0');
    expect(text).toContain("vrsky_delivery_seconds_bucket");
    expect(await get("/readyz")).toBe("200 ok\n");
    await nats.kill("SIGKILL");
    await until("the loss is seen", async () => (await get("/readyz")).startsWith("503 acme: NATS is not connected"));
    expect(await get("/healthz")).toBe("200 ok\n");
    await nats.restart();
    await until("it is ready again", async () => (await get("/readyz")) === "200 ok\n");
    await line.worker.drain();
    expect(await get("/readyz")).toMatch(/^503 draining/);
  } finally {
    await monitor.close();
  }
});

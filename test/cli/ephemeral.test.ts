// What the verbs that look say of an integration that keeps nothing.

import { expect, test } from "vitest";
import { dlqList } from "../../cli/verbs/dlq/list.ts";
import { statusVerb } from "../../cli/verbs/status.ts";
import { tapVerb } from "../../cli/verbs/tap.ts";
import { traceVerb } from "../../cli/verbs/trace.ts";
import { undocumented } from "../rig/documented.ts";
import { until } from "../rig/wait.ts";
import { watched } from "../rig/watched.ts";

const texts = {
  "tenants/acme/a.yaml": `integration: pings
transport: ephemeral
source: { http: { path: /pings }, contract: { id: string }, message-id: "\${ body.id }" }
targets: { crm: { http: { url: "\${ settings.receiver }/crm" } } }
`,
};

test("status, tap, trace, dlq and the metrics of an ephemeral integration", async () => {
  await using world = await watched(texts);
  world.answers.set("/crm", () => (world.received.length === 1 ? 503 : 200));
  expect(await world.post("/acme/pings", { id: "first" })).toBe(202);
  await until("it is lost", () =>
    world.events.some((event) => event.kind === "outcome" && event.outcome.kind === "lost"),
  );
  const metrics = await (await fetch(`http://127.0.0.1:${world.house().metricsPort}/metrics`)).text();
  expect(metrics).toContain('vrsky_messages_total{tenant="acme",integration="pings",target="crm",outcome="lost"} 1');

  const status = await world.verb((io) => statusVerb(world.folder, { ...world.cluster, json: true, watch: false }, io));
  const { integrations } = JSON.parse(status.out);
  expect(integrations).toMatchObject([{ integration: "pings", transport: "ephemeral", targets: [], sources: [] }]);
  expect(undocumented("status", ...integrations)).toEqual([]);
  const table = await world.verb((io) => statusVerb(world.folder, { ...world.cluster, json: false, watch: false }, io));
  expect(table.out).toContain("ephemeral: see its workers' metrics");

  let over = false;
  const tapping = world
    .verb((io) =>
      tapVerb(world.folder, "pings", { ...world.cluster, count: 1, json: true, preview: 99, payload: true }, io),
    )
    .finally(() => {
      over = true;
    });
  await until("it is heard", async () => {
    await world.post("/acme/pings", { id: "second" });
    return over;
  });
  expect(JSON.parse((await tapping).out)).toMatchObject({ id: "second", sequence: 0, source: "http" });
  // The listener takes nothing from the targets.
  expect(world.received.some(({ body }) => JSON.stringify(body).includes("second"))).toBe(true);
  const target = await world.verb((io) =>
    tapVerb(world.folder, "pings", { ...world.cluster, target: "crm", json: false, preview: 0, payload: false }, io),
  );
  expect(target).toMatchObject({ code: 1, err: expect.stringContaining("recorded nowhere") });

  const trace = await world.verb((io) =>
    traceVerb(world.folder, "second", { ...world.cluster, json: false, preview: 0, payload: false }, io),
  );
  expect(trace.code).toBe(1);
  expect(trace.err).toContain("Not kept: what passes through acme/pings, as `transport: ephemeral` says.");
  const dead = await world.verb((io) =>
    dlqList(world.folder, { ...world.cluster, integration: "pings", json: true, limit: 10, summary: false }, io),
  );
  expect(dead.err).toContain("`pings` is ephemeral");
});

// Quotas in a plan: what tenants may use before and after, and a quota below what is there, which is refused with the
// figures before anything is changed.

import { expect, test } from "vitest";
import { fromControl } from "../../cli/cluster.ts";
import { contextTopology } from "../../control/context-topology.ts";
import { exitCode } from "../../control/failure.ts";
import { observe } from "../../control/observe.ts";
import { prepare } from "../../control/prepare.ts";
import { quotaUse } from "../../control/quota-use.ts";
import type { Topology } from "../../schema/topology.ts";
import { accessOf, applyTo } from "../rig/apply.ts";
import { compileTexts } from "../rig/compile.ts";
import { natsServer } from "../rig/nats.ts";
import { api } from "../rig/topology.ts";

const gibibyte = 1024 ** 3;

function compiled(integrations: readonly string[], quotas: string, more: readonly string[] = []): Topology {
  const files = (tenant: string, names: readonly string[]) =>
    names.map((name) => [
      `tenants/${tenant}/${name}.yaml`,
      `integration: ${name}\nsource: { http: { path: /${name} }, contract: { id: string } }\ntargets: { out: { nats: { subject: ${name}.out } } }\n`,
    ]);
  const { emitted, diagnostics } = compileTexts({
    "tenants/acme/tenant.yaml": `tenant: acme\nquotas: ${quotas}\n`,
    ...Object.fromEntries([...files("acme", integrations), ...files("globex", more)]),
  });
  if (emitted === undefined) throw new Error(JSON.stringify(diagnostics));
  return emitted.topology;
}

test("the figures of a tenant that changes, and of no other", () => {
  const before = compiled(["a"], "{ storage: 10GiB, streams: 20, consumers: 30 }", ["x"]);
  const after = compiled(["a", "b"], "{ storage: 10GiB, streams: 20, consumers: 40 }", ["x"]);
  expect(quotaUse(before, after)).toEqual([
    { tenant: "acme", what: "storage", before: gibibyte, after: 2 * gibibyte, granted: 10 * gibibyte },
    { tenant: "acme", what: "streams", before: 6, after: 8, granted: 20 },
    { tenant: "acme", what: "consumers", before: 2, after: 4, granted: 40 },
  ]);
  expect(quotaUse(after, after)).toEqual([]);
  expect(quotaUse(undefined, before).map(({ tenant, what, before: was }) => `${tenant} ${what} ${was}`)).toEqual([
    "acme storage 0",
    "acme streams 0",
    "acme consumers 0",
    "globex storage 0",
    "globex streams 0",
    "globex consumers 0",
  ]);
});

test("each copy counts, in what is used as in what is granted", () => {
  const three = contextTopology(compiled(["a"], "{ storage: 10GiB }"), { replicas: 3 });
  expect(quotaUse(undefined, three)[0]).toMatchObject({ after: 3 * gibibyte, granted: 30 * gibibyte });
});

test("another rate is a change of the record alone: no stream is touched, no worker starts anew", async () => {
  await using nats = await natsServer();
  const connections = [{ tenant: "acme", connection: await nats.connect() }];
  expect(await applyTo(compiled(["a"], "{ messages: 100/s }"), connections)).toMatchObject({ ok: true });
  const faster = compiled(["a"], "{ messages: 200/s }");
  const prepared = await prepare({ access: accessOf(connections), wanted: faster });
  if (!prepared.ok) throw new Error(prepared.failure.message);
  expect(prepared.value.plan.changes).toEqual([
    {
      action: "update",
      kind: "deployment",
      tenant: "acme",
      name: "a",
      consequence: { kind: "safe" },
      fields: [{ field: "messagesPerSecond", from: 100, to: 200 }],
    },
  ]);
  expect(await applyTo(faster, connections)).toMatchObject({ ok: true, value: { done: 1 } });
});

test("a quota below what is there is refused with the figures, and nothing is changed", async () => {
  await using nats = await natsServer();
  const connection = await nats.connect();
  const connections = [{ tenant: "acme", connection }];
  const wide = compiled(["a", "b"], "{ storage: 1GiB, streams: 20 }");
  const applied = await applyTo(wide, connections);
  expect(applied.ok).toBe(true);
  for (let index = 0; index < 10; index++)
    await connection.request(`in.a.m.${index}`, Buffer.alloc(900 * 1024), { timeout: 5_000 });
  const before = await api(connection, "STREAM.INFO.IN_a");
  const access = accessOf(connections);

  const small = await prepare({ access, wanted: compiled(["a", "b"], "{ storage: 8MiB, streams: 20 }") });
  if (small.ok) throw new Error("a quota below what is stored was planned");
  expect(small.failure).toMatchObject({
    kind: "quota",
    shortfalls: [{ tenant: "acme", what: "storage", wanted: 8 * 1024 ** 2 }],
  });
  expect(small.failure.message).toContain("would be 8 MiB of storage, and ");
  expect(exitCode(small.failure)).toBe(3);
  expect(fromControl(small.failure)).toMatchObject({
    refusal: { exit: 3, help: expect.stringContaining("Grant that much") },
  });

  // One integration is gone from the workspace, but its streams are still there beside what is wanted.
  const fewer = await prepare({ access, wanted: compiled(["a"], "{ storage: 1GiB, streams: 6 }") });
  expect(fewer).toMatchObject({ ok: false, failure: { kind: "quota", shortfalls: [{ what: "streams", wanted: 6 }] } });
  const refused = await applyTo(compiled(["a"], "{ storage: 1GiB, streams: 6 }"), connections);
  expect(refused).toMatchObject({ ok: false, failure: { kind: "quota" } });
  expect((await api(connection, "STREAM.INFO.IN_a")).config).toEqual(before.config);
  const observed = await observe(wide, connections);
  expect(observed).toMatchObject({ ok: true, value: { tenants: [{ streams: { length: 8 } }] } });
});

// The bucket of an integration that takes large contents: planned with its size and its rights, renamed with what is in
// it, and never removed with contents inside unless somebody said its name.

import { afterAll, beforeAll, expect, test } from "vitest";
import { contextTopology } from "../../control/context-topology.ts";
import { observe } from "../../control/observe.ts";
import { plan } from "../../control/plan.ts";
import { renderPlan } from "../../control/render.ts";
import { systemClock } from "../../runtime/clock.ts";
import { createLink } from "../../runtime/link.ts";
import { natsObjects } from "../../runtime/objects/nats-store.ts";
import * as address from "../../schema/address.ts";
import type { Topology } from "../../schema/topology.ts";
import { accessOf, applyTo } from "../rig/apply.ts";
import { compileTexts } from "../rig/compile.ts";
import { type Lane, laneAccounts, laneOf } from "../rig/lanes.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";
import { counted, hashOf, listed, never } from "../rig/object-store.ts";

let nats: NatsRig;
let lane: Lane;
beforeAll(async () => {
  nats = await natsServer({ accounts: laneAccounts(["1"]), syncAlways: false });
  lane = await laneOf(nats, "1");
});
afterAll(() => nats[Symbol.asyncDispose]());

const integration = (name: string, more = ""): string => `integration: ${name}
${more}source: { http: { path: /clips, format: blob, max-size: 500MiB } }
targets: { out: { file: { path: "clips/\${ body.name }", format: blob } } }
`;

function compiled(specs: readonly string[], tenant = ""): Topology {
  const { emitted, diagnostics } = compileTexts({
    "tenants/acme/tenant.yaml": `tenant: acme\n${tenant}`,
    "tenants/acme/a.yaml": specs.join("---\n"),
  });
  if (emitted === undefined) throw new Error(JSON.stringify(diagnostics));
  return emitted.topology;
}

const other = `integration: other
source: { http: { path: /other }, contract: any }
targets: { out: { nats: { subject: other.out } } }
`;

const bucketOf = (topology: Topology, name: string) =>
  topology.tenants[0]?.streams.find(({ config }) => config.name === address.objectStream(name))?.config;

const applied = (topology: Topology, options = {}) =>
  applyTo(topology, [], {
    access: accessOf([{ tenant: "acme", connection: lane.connection }], lane.platform),
    ...options,
  });

async function planned(topology: Topology) {
  const observed = await observe(topology, [{ tenant: "acme", connection: lane.connection }]);
  if (!observed.ok) throw new Error(observed.failure.message);
  const made = plan(topology, observed.value, { prune: true });
  if (!made.ok) throw new Error(made.failure.message);
  return made.value;
}

const store = (name: string) => {
  const link = createLink(lane.connection, "_INBOX", systemClock, { info: () => undefined, warn: () => undefined });
  return natsObjects({ link, clock: systemClock, integration: name });
};

test("an integration that takes what chunks do not carry has a bucket, of its share of the quota", () => {
  const topology = compiled([integration("clips"), other], "quotas: { storage: 8GiB }\n");
  // Two intakes of 1 GiB; half of the rest.
  expect(bucketOf(topology, "clips")).toMatchObject({
    subjects: ["$O.clips.C.>", "$O.clips.M.>"],
    max_bytes: 3 * 1024 ** 3,
    discard: "new",
    allow_rollup_hdrs: true,
  });
  expect(bucketOf(topology, "other")).toBeUndefined();
  const small = contextTopology(topology, { tenants: { acme: { quotas: { storage: 6 * 1024 ** 3 } } } });
  expect(bucketOf(small, "clips")).toMatchObject({ max_bytes: 2 * 1024 ** 3 });
  const rights = topology.tenants[0]?.users[0]?.permissions.publish.filter((subject) => subject.includes("clips"));
  expect(rights).toEqual(expect.arrayContaining(["$O.clips.C.>", "$O.clips.M.>", "$JS.API.STREAM.PURGE.OBJ_clips"]));
  expect(rights?.some((subject) => subject.includes("CONSUMER") && subject.includes("OBJ_"))).toBe(false);
});

test("a connection of the tenant instead: no bucket, and its settings in the bundle's code alone", () => {
  const { emitted, diagnostics } = compileTexts({
    "tenants/acme/tenant.yaml":
      "tenant: acme\nsecrets: [lake_key, lake_secret]\nobjects: { connection: lake, path: vrsky }\n",
    "tenants/acme/a.yaml": `${integration("clips")}---
connections:
  lake: { s3: { endpoint: https://s3.example.com, bucket: raw, access-key: "\${ secrets.lake_key }", secret-key: "\${ secrets.lake_secret }" } }
---
${other}`,
  });
  expect(diagnostics).toEqual([]);
  const [clips, others] = emitted?.bundles ?? [];
  expect(clips?.bundle).toMatchObject({
    objects: { store: "lake", connector: "s3" },
    secrets: ["lake_key", "lake_secret"],
  });
  expect(clips?.code).toContain('objects: { settings: ({ settings, secrets }) => ({ "path": "vrsky", "connection": {');
  expect(others?.bundle.objects).toBeUndefined();
  expect(emitted && bucketOf(emitted.topology, "clips")).toBeUndefined();
  const rights = emitted?.topology.tenants[0]?.users[0]?.permissions.publish ?? [];
  // What lies in a bucket from before can be read.
  expect(rights.filter((subject) => subject.startsWith("$O.") || subject.includes("OBJ_"))).toEqual([
    "$JS.API.DIRECT.GET.OBJ_clips",
    "$JS.API.STREAM.INFO.OBJ_clips",
  ]);
});

test("it is made, follows its integration to another name, and goes with what is in it by name alone", async () => {
  expect(await applied(compiled([integration("clips"), other]))).toMatchObject({ ok: true });
  await store("clips").put("a.1", counted(2_000_000), never);
  await store("clips").put("b.1", counted(1), never);

  const renamed = compiled([integration("films", "moved-from: clips\n"), other]);
  expect(await applied(renamed)).toMatchObject({ ok: true });
  expect((await listed(store("films"))).map(({ name }) => name)).toEqual(["a.1", "b.1"]);
  expect(await hashOf(store("films").read("a.1", never))).toEqual(await hashOf(counted(2_000_000)));
  await store("films").put("c.1", counted(3), never);
  await store("films").remove("c.1");

  const without = compiled([other]);
  const text = renderPlan(await planned(without), { color: false });
  expect(text).toMatch(/- stream +OBJ_films +drops 2 large contents/);
  const refused = await applied(without, { prune: true });
  expect(refused).toMatchObject({
    ok: false,
    failure: { kind: "data-loss", losses: [{ tenant: "acme", name: "OBJ_films", messages: 2 }] },
  });
  expect(!refused.ok && refused.failure.message).toContain("OBJ_films of tenant acme (2 large contents)");
  expect(await applied(without, { prune: true, allowDataLoss: ["OBJ_films"] })).toMatchObject({ ok: true });
  expect((await planned(without)).changes).toEqual([]);
});

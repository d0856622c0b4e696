// The rights of a worker with `order-by`: all readers of its own intake, each kind of right missed when it is not there.

import { expect, test } from "vitest";
import { createLibrary } from "../../runtime/expression/library.ts";
import { partitionOf } from "../../runtime/order-key.ts";
import { run } from "../../runtime/run.ts";
import * as address from "../../schema/address.ts";
import type { Topology } from "../../schema/topology.ts";
import { accessOf, applyTo } from "../rig/apply.ts";
import { compileTexts } from "../rig/compile.ts";
import { fakeSystem } from "../rig/line.ts";
import { startForm } from "../rig/server-form.ts";
import { api } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";

/** The second form of acks is for servers that are set up for it. */
const rights = ["$JS.API.CONSUMER.MSG.NEXT.IN_web.*", "$JS.API.CONSUMER.INFO.IN_web.*", "$JS.ACK.IN_web.*.>"];
const tenants = ["whole", "next", "info", "ack"];

const text = `integration: web
source: { http: { path: /in }, contract: { id: string, key: string }, message-id: "\${ body.id }" }
order-by: \${ body.key }
targets: { out: { nats: { subject: web.out } } }
`;

/** Each tenant but the first lacks one right. */
const without = (topology: Topology): Topology => ({
  ...topology,
  tenants: topology.tenants.map((tenant) => ({
    ...tenant,
    users: tenant.users.map((user) => {
      const lacks = rights[tenants.indexOf(tenant.tenant) - 1];
      const publish = user.permissions.publish.filter((subject) => subject !== lacks);
      return { ...user, permissions: { ...user.permissions, publish } };
    }),
  })),
});

test("with its rights a worker does all of it and is refused nothing; without one of them it does not", async () => {
  const { emitted } = compileTexts(Object.fromEntries(tenants.map((name) => [`tenants/${name}/a.yaml`, text])));
  if (emitted === undefined) throw new Error("it does not compile");
  const { topology, bundles } = emitted;
  const granted = topology.tenants[0]?.users[0]?.permissions.publish ?? [];
  expect(granted.filter((subject) => subject.includes("IN_web.*"))).toEqual(expect.arrayContaining(rights));
  await using server = await startForm("accounts", { topology: without(topology) });
  const open = await Promise.all(
    topology.tenants.map(async ({ tenant }) => ({ tenant, connection: await server.admin(tenant) })),
  );
  const access = accessOf(open, await server.admin(address.platformAccount));
  const byHash = new Map(bundles.map((coded) => [coded.bundle.hash, coded]));
  expect(await applyTo(topology, [], { access, bundles: (hash) => byHash.get(hash) })).toMatchObject({ ok: true });

  const readers = address.intakeConsumers("out", { partitions: address.orderPartitions });
  const subject = address.intakeSubject("web", address.idHash("m"), partitionOf("k", address.orderPartitions));
  const seen = new Map<string, number>();
  const refused = new Map<string, string>();
  const workers = [];
  for (const { tenant, connection } of open) {
    const system = fakeSystem();
    system.answer = () => {
      seen.set(tenant, (seen.get(tenant) ?? 0) + 1);
      return { kind: "delivered" };
    };
    await connection.request(subject, JSON.stringify({ id: "m", key: "k" }));
    const own = await server.worker(tenant);
    workers.push(
      await run({
        tenants: [
          {
            tenant,
            connection: own,
            inboxPrefix: address.inboxPrefix(`${tenant}-worker`),
            env: { settings: {}, secrets: {} },
            bundles: bundles.filter(({ bundle }) => bundle.tenant === tenant),
          },
        ],
        connectors: { http: system.connector, nats: system.connector },
        library: createLibrary,
        log: {
          info: () => undefined,
          warn: (fields) => {
            if (String(fields.error).includes("Permissions Violation")) refused.set(tenant, String(fields.error));
          },
        },
      }),
    );
  }
  const left = async (tenant: string): Promise<number> => {
    const connection = open.find((each) => each.tenant === tenant)?.connection;
    if (connection === undefined) return 0;
    const infos = await Promise.all(readers.map((reader) => api(connection, `CONSUMER.INFO.IN_web.${reader}`)));
    return infos.reduce((sum, info) => sum + Number(info.num_pending) + Number(info.num_ack_pending), 0);
  };
  await until("the one with all rights is done", async () => seen.get("whole") === 1 && (await left("whole")) === 0);
  await until("the others are refused", () => ["next", "info", "ack"].every((tenant) => refused.has(tenant)));
  expect(refused.has("whole")).toBe(false);
  expect([seen.has("next"), seen.has("info"), await left("ack")]).toEqual([false, false, 1]);
  for (const worker of workers) await worker.stop();
});

// What a worker may do for an ephemeral integration, from both sides: with the compiled rights it does its work; without
// any one of them the sender is told that nobody takes it; and it may do nothing beside it.

import type { NatsConnection } from "@nats-io/nats-core";
import { expect, test } from "vitest";
import { natsDoor } from "../../cli/nats-door.ts";
import { createConnectors } from "../../connectors/create.ts";
import { systemClock } from "../../runtime/clock.ts";
import { createLibrary } from "../../runtime/expression/library.ts";
import { createLink } from "../../runtime/link.ts";
import { run } from "../../runtime/run.ts";
import * as address from "../../schema/address.ts";
import type { Permissions, Topology } from "../../schema/topology.ts";
import { compileTexts } from "../rig/compile.ts";
import { startOutside } from "../rig/outside.ts";
import { type FormServer, startForm } from "../rig/server-form.ts";
import { until } from "../rig/wait.ts";

const silent = { info: () => undefined, warn: () => undefined };

const tenants = ["whole", "mute", "deaf"] as const;

const text = (tenant: string, outside: string): string => `tenant: ${tenant}
---
integration: pings
transport: ephemeral
source: { http: { path: /in }, contract: { id: string }, message-id: "\${ body.id }" }
targets:
  out: { http: { url: "${outside}/${tenant}/out" } }
  desk: { http: { url: "${outside}/${tenant}/desk" } }
---
integration: others
transport: ephemeral
source: { http: { path: /others }, contract: { id: string } }
targets: { out: { http: { url: "${outside}/${tenant}/others" } } }
`;

const removed: Readonly<Record<string, keyof Permissions>> = { mute: "publish", deaf: "subscribe" };

const without = (topology: Topology): Topology => ({
  ...topology,
  tenants: topology.tenants.map((tenant) => ({
    ...tenant,
    users: tenant.users.map((user) => {
      const direction = removed[tenant.tenant];
      if (direction === undefined) return user;
      const left = user.permissions[direction].filter((subject) => !subject.startsWith("eph.pings."));
      return { ...user, permissions: { ...user.permissions, [direction]: left } };
    }),
  })),
});

type Bundles = ReturnType<typeof compiled>["bundles"];

async function openWorker(connection: NatsConnection, tenant: string, bundles: Bundles) {
  const link = createLink(connection, address.inboxPrefix(`${tenant}-worker`), systemClock, silent);
  let port = 0;
  const connectors = createConnectors({
    httpPort: 0,
    httpHost: "127.0.0.1",
    dataDir: ".",
    allowNetwork: ["loopback"],
    onListening: (opened) => {
      port = opened;
    },
    natsFor: () => natsDoor(link),
  });
  const worker = await run({
    tenants: [
      {
        tenant,
        connection,
        inboxPrefix: address.inboxPrefix(`${tenant}-worker`),
        env: { settings: {}, secrets: {} },
        bundles: bundles.filter(({ bundle }) => bundle.tenant === tenant),
      },
    ],
    connectors,
    library: () => createLibrary(),
    log: silent,
    limits: { drainMs: 500 },
  });
  return {
    send: async () => {
      const body = JSON.stringify({ id: "a" });
      const headers = { "content-type": "application/json" };
      const answer = await fetch(`http://127.0.0.1:${port}/${tenant}/in`, { method: "POST", headers, body });
      const said = await answer.text();
      const { integrations } = worker.health();
      const missing = integrations.flatMap((each) => (each.integration === "pings" ? each.missing : []));
      return { status: answer.status, said, missing };
    },
    [Symbol.asyncDispose]: async () => {
      await worker.stop();
      link.close();
      await connection.close();
    },
  };
}

async function ping(server: FormServer, tenant: string, bundles: Bundles) {
  await using worker = await openWorker(await server.worker(tenant), tenant, bundles);
  return await worker.send();
}

function compiled(outside: string) {
  const { emitted, diagnostics } = compileTexts(
    Object.fromEntries(tenants.map((tenant) => [`tenants/${tenant}/a.yaml`, text(tenant, outside)])),
  );
  if (emitted === undefined) throw new Error(JSON.stringify(diagnostics));
  return emitted;
}

test.each(["accounts", "operator"] as const)("%s: each right is needed, and there is none beside", async (form) => {
  await using outside = await startOutside();
  const { topology, bundles } = compiled(outside.url);
  const rights = topology.tenants[0]?.users[0]?.permissions;
  expect(rights?.publish.filter((subject) => /^(eph|in|rx|rs|dlq|\$KV)\./.test(subject))).toEqual([
    "eph.others.*",
    "eph.pings.*",
  ]);
  expect(rights?.subscribe.filter((subject) => subject.startsWith("eph."))).toEqual([
    "eph.others.* out",
    "eph.pings.* desk",
    "eph.pings.* out",
  ]);
  await using server = await startForm(form, { topology: without(topology) });

  expect(await ping(server, "whole", bundles)).toMatchObject({ status: 202, missing: [] });
  await until("both have it", () => ["out", "desk"].every((name) => outside.asked(`/whole/${name}`).length === 1));
  // What may not be published is not said to be taken; where nobody may listen, nobody does.
  expect(await ping(server, "mute", bundles)).toMatchObject({ status: 503 });
  const deaf = await ping(server, "deaf", bundles);
  expect(deaf).toMatchObject({ status: 503, missing: ["target out", "target desk"] });
  for (const tenant of ["mute", "deaf"]) expect(outside.asked(`/${tenant}/out`)).toEqual([]);

  // No listening beside the queue groups, and no group of another's name.
  const worker = await server.worker("whole");
  const heard: string[] = [];
  const refused: string[] = [];
  const listen = (subject: string, queue?: string) =>
    worker.subscribe(subject, {
      ...(queue === undefined ? {} : { queue }),
      callback: (error, message) => void (error === null ? heard.push(message.subject) : refused.push(subject)),
    });
  listen("eph.pings.*");
  listen("eph.>", "out");
  listen("eph.others.*", "desk");
  await until("all are refused", () => refused.length === 3);
  const admin = await server.admin("whole");
  admin.publish("eph.pings.http", "{}");
  admin.publish("eph.others.http", "{}");
  await admin.flush();
  await worker.flush();
  expect(heard).toEqual([]);
  await worker.close();
});

test("who may not listen does so once a new login lets it", async () => {
  await using outside = await startOutside();
  const { topology, bundles } = compiled(outside.url);
  const tenant = topology.tenants.find((each) => each.tenant === "whole");
  const [user] = tenant?.users ?? [];
  if (tenant === undefined || user === undefined) throw new Error("there is no worker");
  const { publish, subscribe } = user.permissions;
  const inbox = subscribe.filter((subject) => !subject.startsWith("eph."));
  const users = [user, { ...user, name: "before", permissions: { publish, subscribe: inbox } }];
  await using server = await startForm("accounts", {
    topology: { ...topology, tenants: [{ ...tenant, users }] },
  });
  let name = "before";
  const connection = await server.worker("whole", () => name);
  await using worker = await openWorker(connection, "whole", bundles);
  expect(await worker.send()).toMatchObject({ status: 503, missing: ["target out", "target desk"] });
  name = user.name;
  await connection.reconnect();
  await until("it listens", async () => (await worker.send()).status === 202);
  expect(await worker.send()).toMatchObject({ status: 202, missing: [] });
  await until("both have it", () => ["out", "desk"].every((each) => outside.asked(`/whole/${each}`).length >= 2));
});

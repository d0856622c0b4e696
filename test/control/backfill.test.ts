// A target that joins a running integration, with and without `backfill`: from the text to what its reader is given by a
// real server.

import { headers } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ConsumerInfo, call } from "../../control/jetstream-api.ts";
import { observe } from "../../control/observe.ts";
import { plan } from "../../control/plan.ts";
import * as address from "../../schema/address.ts";
import type { Topology } from "../../schema/topology.ts";
import { applyTo } from "../rig/apply.ts";
import { compileTexts } from "../rig/compile.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";

let nats: NatsRig;
beforeAll(async () => {
  nats = await natsServer({ accounts: ["plain", "inorder"], syncAlways: false });
});
afterAll(() => nats[Symbol.asyncDispose]());

const target = (name: string, more = ""): string =>
  `  ${name}: { nats: { subject: "out.${name}.\${ body.id }" }${more === "" ? "" : `, ${more}`} }\n`;

function topologyOf(orderBy: string, ...targets: readonly string[]): Topology {
  const text = `integration: orders
source: { http: { path: /orders }, contract: { id: string } }
${orderBy}targets:
${targets.join("")}`;
  const { emitted, diagnostics } = compileTexts({ "tenants/acme/orders.yaml": text });
  if (emitted === undefined) throw new Error(JSON.stringify(diagnostics));
  return emitted.topology;
}

test.each([
  ["plain", "", []],
  ["inorder", "order-by: ${ body.id }\n", [7]],
] as const)(
  "%s: a new target begins at the next message; with backfill it gets all that the intake holds",
  async (account, orderBy, partition) => {
    const connection = await nats.connect(account);
    const connections = [{ tenant: "acme", connection }];
    const apply = async (topology: Topology): Promise<void> => {
      const applied = await applyTo(topology, connections);
      if (!applied.ok) throw new Error(applied.failure.message);
    };
    const consequences = async (topology: Topology): Promise<readonly string[]> => {
      const observed = await observe(topology, connections);
      if (!observed.ok) throw new Error(observed.failure.message);
      const planned = plan(topology, observed.value, {});
      if (!planned.ok) throw new Error(planned.failure.message);
      return planned.value.changes.flatMap(({ action, kind, name, consequence }) =>
        consequence.kind === "redelivers" ? [`${action} ${kind} ${name}: redelivers ${consequence.messages}`] : [],
      );
    };
    const send = async (id: string): Promise<void> => {
      const first = headers();
      first.set("Nats-Expected-Last-Subject-Sequence", "0");
      const subject = address.intakeSubject("orders", address.idHash(id), partition[0]);
      await connection.request(subject, JSON.stringify({ id }), { headers: first, timeout: 10_000 });
    };
    const waiting = async (name: string): Promise<number> => {
      const all = [name, ...partition.map((number) => address.partitionConsumer(name, number))];
      const infos = all.map((durable) => call<ConsumerInfo>(connection, `CONSUMER.INFO.IN_orders.${durable}`));
      return (await Promise.all(infos)).reduce((sum, { num_pending }) => sum + num_pending, 0);
    };

    await apply(topologyOf(orderBy, target("first")));
    for (const id of ["a", "b", "c"]) await send(id);
    const joined = topologyOf(orderBy, target("first"), target("all", "backfill: true"), target("next"));
    expect(await consequences(joined)).toEqual(["create consumer IN_orders/all: redelivers 3"]);
    await apply(joined);
    await send("d");
    expect([await waiting("first"), await waiting("all"), await waiting("next")]).toEqual([4, 4, 1]);

    // What it was made with is made: neither taking the key away nor adding it later changes anything.
    const later = topologyOf(orderBy, target("first"), target("all"), target("next", "backfill: true"));
    expect(await consequences(later)).toEqual([]);
    await apply(later);
    expect([await waiting("first"), await waiting("all"), await waiting("next")]).toEqual([4, 4, 1]);
  },
);

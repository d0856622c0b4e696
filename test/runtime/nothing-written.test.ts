// Success writes nothing: while messages succeed, everything that is published in the account is listened to and
// counted, and so is what every stream holds.

import { expect, test } from "vitest";
import { list, type StreamInfo } from "../../control/jetstream-api.ts";
import { until } from "../rig/wait.ts";
import { type Watched, watched } from "../rig/watched.ts";

const texts = {
  "tenants/acme/orders.yaml": `integration: orders
source: { http: { path: /orders }, contract: { id: string, total: number }, message-id: "\${ body.id }" }
route:
  - when: \${ body.total > 100 }
    to: [crm, big]
  - to: [crm]
targets:
  crm: { http: { url: "\${ settings.receiver }/crm" } }
  big: { http: { url: "\${ settings.receiver }/big" } }
`,
};

const count = 200;

async function stored(world: Watched): Promise<Readonly<Record<string, number>>> {
  const streams = await list<StreamInfo>(world.admin, "STREAM.LIST", "streams");
  return Object.fromEntries(streams.map(({ config, state }) => [config.name, state.last_seq]));
}

test("per message that succeeds: one message stored, one ack per target, and nothing else published", async () => {
  await using world = await watched(texts);
  await world.post("/acme/orders", { id: "first", total: 1 });
  await until("the line runs", () => world.events.filter(({ kind }) => kind === "outcome").length === 2);
  const before = await stored(world);
  const published = new Map<string, number>();
  world.admin.subscribe(">", {
    callback: (_error, { subject, reply }) => {
      const kind = kindOf(subject, reply);
      published.set(kind, (published.get(kind) ?? 0) + 1);
    },
  });
  await world.admin.flush();
  const ids = Array.from({ length: count }, (_, index) => `m${index}`);
  const answers = await Promise.all(ids.map((id) => world.post("/acme/orders", { id, total: 1 })));
  expect(new Set(answers)).toEqual(new Set([202]));
  // Delivered at one target, dropped by the route at the other.
  await until("all are done", () => world.events.filter(({ kind }) => kind === "outcome").length === 2 * (count + 1));
  await until("all acks are there", () => published.get("ack") === 2 * count);
  const after = await stored(world);
  const written = Object.entries(after).flatMap(([name, last]) =>
    last === before[name] ? [] : [[name, last - (before[name] ?? 0)]],
  );
  expect(written).toEqual([["IN_orders", count]]);

  const { intake, ack, handedOut, answer: _, pull, now, ...rest } = Object.fromEntries(published);
  expect({ intake, handedOut, ack, rest }).toEqual({
    intake: count,
    handedOut: 2 * count,
    ack: 2 * count,
    rest: {},
  });
  // Asked for in batches; what is looked at now and then does not grow with the messages.
  expect(pull ?? 0).toBeLessThan(count);
  expect(now ?? 0).toBeLessThan(count / 4);
});

/** An inbox is sent the answers of the server, and messages under their own subject, with where to acknowledge them. */
function kindOf(subject: string, reply: string | undefined): string {
  if (reply?.startsWith("$JS.ACK.")) return "handedOut";
  if (subject.startsWith("in.")) return "intake";
  if (subject.startsWith("$JS.ACK.")) return "ack";
  if (subject.startsWith("$JS.API.CONSUMER.MSG.NEXT.")) return "pull";
  if (subject.startsWith("_INBOX")) return "answer";
  if (subject.startsWith("$JS.API.") || subject.startsWith("$JS.EVENT.")) return "now";
  return subject.split(".").slice(0, 2).join(".");
}

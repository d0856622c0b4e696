// Two integrations of examples/ on real input, with every end that a message can have.

import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { applyTopology } from "../../cli/apply-topology.ts";
import { type Cluster, openCluster } from "../../cli/cluster.ts";
import { openFolder } from "../../cli/compile-workspace.ts";
import { startEmbedded } from "../../cli/embedded.ts";
import type { Result } from "../../cli/exit.ts";
import { startHouse } from "../../cli/house.ts";
import { type Io, say } from "../../cli/io.ts";
import { paint } from "../../cli/paint.ts";
import { openAccess } from "../../cli/with-access.ts";
import { listDeadLetters } from "../../control/dead-letters.ts";
import { chatReceiver } from "./chat-receiver.ts";
import { chatMessage, type Push, sendPush } from "./github.ts";
import { createStory } from "./story.ts";

const examples = new URL("..", import.meta.url).pathname;

const pushes: readonly Push[] = [
  { id: "push-1", branch: "main", message: "ship it" },
  { id: "push-retry", branch: "main", message: "fails twice on purpose" },
  { id: "push-poison", branch: "main", message: "the chat refuses it" },
  { id: "push-branch", branch: "topic", message: "not on main" },
];
const forged: Push = { id: "push-forged", branch: "main", message: "not from GitHub" };

const csv = `order_id,customer,amount,currency,paid
o-1, Ann ,12.50,NOK,true
o-2,Bo,99.95,SEK,true
o-3,"Cy, Ltd",7,EUR,true
o-4,Di,5,EUR,false
o-5,Ed,much,EUR,true
`;
const lines = [
  { id: "o-1", customer: "Ann", cents: 1250, currency: "NOK", source: "orders.csv" },
  { id: "o-2", customer: "Bo", cents: 9995, currency: "SEK", source: "orders.csv" },
  { id: "o-3", customer: "Cy, Ltd", cents: 700, currency: "EUR", source: "orders.csv" },
];

async function until(done: () => Promise<boolean> | boolean, seconds: number): Promise<boolean> {
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    if (await done()) return true;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return false;
}

/** What did not hold. */
export async function tour(folder: string, io: Io): Promise<readonly string[]> {
  const color = paint(io.colorOut);
  const must = <T>(result: Result<T>): T => {
    if (result.ok) return result.value;
    process.exit(say(io, result.refusal));
  };
  const wrong: string[] = [];
  const check = (what: string, holds: boolean): void => void (holds || wrong.push(what));
  const ready = must(openFolder(examples, io));
  await using nats = must(await startEmbedded(join(folder, "nats"), ready.topology, io));
  await using chat = await chatReceiver("push-retry", "push-poison");
  const name = "dev";
  const context = ready.manifest.contexts[name] ?? { settings: {}, secrets: "env" as const };
  const cluster: Cluster = { name, context, url: nats.url, credentials: nats.admin() };
  await using admin = must(await openCluster(ready, cluster));
  await using access = must(await openAccess(ready, cluster));
  const { done: changes } = must(await applyTopology(ready, access, { io }));
  io.out(
    `${color.bold("VRSky demo")}  ${ready.bundles.length} integrations compiled, ${changes} changes applied to a real nats-server\n\n`,
  );

  const story = createStory();
  const data = join(folder, "data");
  const house = must(
    await startHouse({
      ready,
      cluster: { ...cluster, credentials: nats.workers() },
      httpPort: 0,
      dataDir: data,
      settings: { chatUrl: chat.url },
      allowNetwork: ["loopback"],
      quiet: true,
      onEvent: story.hear,
      io,
    }),
  );
  try {
    const url = `http://127.0.0.1:${house.httpPort ?? 0}/acme/github`;
    const statuses = await Promise.all(pushes.map((push) => sendPush(url, push, "demo-only-not-a-secret")));
    check(
      `webhooks with a valid signature get 202, got ${statuses.join(", ")}`,
      statuses.every((status) => status === 202),
    );
    check("a forged signature gets 401", (await sendPush(url, forged, "a guess")) === 401);

    await mkdir(join(data, "orders/inbox"), { recursive: true });
    await writeFile(join(data, "orders/inbox/.orders.csv"), csv);
    await rename(join(data, "orders/inbox/.orders.csv"), join(data, "orders/inbox/orders.csv"));
    const done = await until(() => story.ended().size >= pushes.length + 4, 40);
    check("every message ended in time", done);

    const ends = story.ended();
    for (const id of ["push-1", "push-retry", "o-1", "o-2", "o-3"])
      check(`${id} is delivered`, ends.get(id) === "delivered");
    for (const id of ["push-branch", "o-4"]) check(`${id} is dropped by its filter`, ends.get(id) === "dropped");
    check("push-poison is dead", ends.get("push-poison") === "dead");
    const [first, retried] = pushes;
    for (const push of [first, retried]) {
      if (push !== undefined)
        check(`the chat got ${push.id} as mapped`, isDeepStrictEqual(chat.taken.get(push.id), chatMessage(push)));
    }
    check("the chat got two messages and no other", chat.taken.size === 2);
    const written = (await readFile(join(data, "orders/lines.jsonl"), "utf8"))
      .trim()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
    const sorted = [...(written as { readonly id: string }[])].sort((a, b) => (a.id < b.id ? -1 : 1));
    check("lines.jsonl holds the three paid orders, typed", isDeepStrictEqual(sorted, lines));
    const rejected = await readFile(join(data, "orders/inbox/.rejected/orders.csv.jsonl"), "utf8");
    check("the unreadable row is set aside with its line", JSON.parse(rejected).line === 6);

    const [tenant] = admin.tenants;
    if (tenant !== undefined) {
      const info = await tenant.connection.request("$JS.API.STREAM.INFO.IN_github-to-chat");
      const { state } = info.json<{ readonly state: { readonly messages: number } }>();
      check("the forged webhook left no trace in the stream", state.messages === pushes.length);
      const dead = await listDeadLetters(tenant.connection, { limit: 10 });
      check(
        "one dead letter, with its reason",
        dead.ok && dead.value.letters.length === 1 && dead.value.letters[0]?.letter?.failure.status === 422,
      );
    }
    io.out(`${story.table(color)}\n\n`);
  } finally {
    await house.close();
  }
  return wrong;
}

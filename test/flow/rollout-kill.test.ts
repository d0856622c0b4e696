// A canary with a planted bug on real workers: one killed with -9 and the server killed while it runs. It is given up by
// itself before a tenth of the messages have met it, and each message is delivered or dead, none both, none neither.

import type { ChildProcess } from "node:child_process";
import { expect, test } from "vitest";
import { directMessages } from "../../control/direct.ts";
import { readRollout } from "../../control/rollout/standing.ts";
import * as address from "../../schema/address.ts";
import { compileTexts } from "../rig/compile.ts";
import { ended, killable } from "../rig/killable.ts";
import { deadLetters, quiet } from "../rig/line.ts";
import { until } from "../rig/wait.ts";

const count = 600;

const workspace = (total: string) =>
  compileTexts({
    "vrsky.yaml": "workspace: canary\nlanguage: 1\n",
    "tenants/acme/orders.yaml": `tenant: acme
streams: { done: { contract: { id: string, total: number }, keep: 1h } }
---
integration: orders
rollout: { canary: 5%, for: 1h, abort-when: { dead: 3 } }
source: { http: { path: /orders }, contract: { id: string, amount?: number }, message-id: "\${ body.id }" }
steps: [{ map: { id: "\${ body.id }", total: "\${ ${total} }" } }]
targets: { out: { stream: done } }
`,
  });

test("kill -9 of a worker and of the server in the middle of a canary with a planted bug", async () => {
  await using stage = await killable(workspace("body.amount ?? 0"));
  const first = await listening(stage.follow());
  const second = await listening(stage.follow());
  const { port } = first;
  const admin = stage.connection("acme");
  // No sender gives an amount: what was optional is demanded by mistake.
  await stage.apply(workspace("orFail(body.amount, 'no amount')"));
  const standing = async () => {
    const rollout = await readRollout(admin, "orders").catch(() => undefined);
    return rollout?.record;
  };
  await until("it has begun", async () => (await standing()) !== undefined);

  const ids = Array.from({ length: count }, (_, index) => `o-${index}`);
  let next = 0;
  const sender = async (): Promise<void> => {
    for (let id = ids[next++]; id !== undefined; id = ids[next++]) await sendUntilTaken(port, id);
  };
  const sending = Promise.all(Array.from({ length: 4 }, sender));
  sending.catch(() => undefined);
  await until("some are sent", () => next > 100);
  await ended(second.child);
  stage.follow();
  await until("more are sent", () => next > 250);
  const gone = stage.nats.exited;
  stage.nats.kill("SIGKILL");
  await gone;
  await stage.nats.restart();
  await sending;
  const decided = await until("it is decided", async () => (await standing())?.decision);
  expect(decided.kind).toBe("rolled-back");
  await quiet(admin, "orders", "out");
  const dead = new Set((await deadLetters(admin)).map(({ letter }) => letter.id));
  expect(dead.size).toBeGreaterThan(0);
  expect(dead.size).toBeLessThan(count / 10);
  const delivered = new Set<string>();
  const filter = address.declaredFilter("done");
  for await (const { body } of directMessages(admin, { stream: address.declaredStream("done"), filter })) {
    delivered.add(Object(JSON.parse(Buffer.from(body).toString("utf8"))).id);
  }
  expect([...dead].filter((id) => delivered.has(id))).toEqual([]);
  expect(ids.filter((id) => !dead.has(id) && !delivered.has(id))).toEqual([]);
});

async function listening(child: ChildProcess): Promise<{ readonly child: ChildProcess; readonly port: string }> {
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const port = await until("it listens", () => /webhooks on port (\d+)/.exec(said)?.[1], 60_000);
  return { child, port };
}

async function sendUntilTaken(port: string, id: string): Promise<void> {
  await until(`${id} is taken`, async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/acme/orders`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ id }),
    }).catch(() => undefined);
    return answer?.status === 202;
  });
}

// A rollout as people see and steer it: plan, apply, status, and who decides before the figures do.

import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { paint } from "../../cli/paint.ts";
import { applyVerb, planVerb } from "../../cli/verbs/plan.ts";
import { decideVerb } from "../../cli/verbs/rollout/decide.ts";
import { statusVerb } from "../../cli/verbs/status.ts";
import { rolloutLines } from "../../cli/watch/rollout-lines.ts";
import type { RolloutStatus } from "../../control/watch/rollout.ts";
import type { Status } from "../../control/watch/status.ts";
import { compileTexts } from "../rig/compile.ts";
import { undocumented } from "../rig/documented.ts";
import { root, watched } from "../rig/watched.ts";

const spec = (more: string): string => `integration: orders
rollout: { canary: 5%, for: 10m, abort-when: { dead: 1, errors: 2% } }
source: { http: { path: /orders }, contract: { id: string, total: number } }
steps: [{ map: { id: "\${ body.id }"${more} } }]
targets: { out: { nats: { subject: orders.out } } }
`;

async function compiledTo(folder: string, text: string): Promise<string> {
  const { emitted, diagnostics } = compileTexts({ "vrsky.yaml": root, "tenants/acme/orders.yaml": text });
  if (emitted === undefined) throw new Error(JSON.stringify(diagnostics));
  for (const [path, each] of emitted.files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), each);
  }
  return folder;
}

test("plan shows the canary, status how it stands, people decide, and the next apply writes it down", async () => {
  await using world = await watched({ "tenants/acme/orders.yaml": spec("") });
  const next = await compiledTo(join(world.folder, "..", "next"), spec(', total: "${ body.total }"'));
  const on = { ...world.cluster, json: false, prune: false };
  const planned = (more: object = {}) =>
    world.verb((io) => planVerb(next, { ...on, detailedExitcode: false, ...more }, io));
  const applied = (more: object = {}) =>
    world.verb((io) => applyVerb(next, { ...on, allowDataLoss: [], force: false, ...more }, io));
  const status = (json = false) => world.verb((io) => statusVerb(next, { ...world.cluster, json, watch: false }, io));
  const decide = (kind: "promoted" | "rolled-back", name = "orders") =>
    world.verb((io) => decideVerb(next, name, kind, { ...world.cluster, json: false }, io));

  expect((await planned()).out).toContain("orders  canary 5 % for 10m\n");
  expect((await planned({ atOnce: ["orders"] })).out).not.toContain("canary");
  expect(await planned({ atOnce: ["order"] })).toMatchObject({ code: 64 });
  expect(await decide("promoted")).toMatchObject({ code: 1, err: expect.stringContaining("No canary of acme/orders") });
  expect(await applied()).toMatchObject({ code: 0 });
  expect((await planned()).out).toContain("acme/orders: canary");
  expect((await planned()).out).toContain("No changes.");
  expect((await status()).out).toMatch(/acme\/orders {2}canary [0-9a-f]{8}, 5 % waits for a worker to take it over\n$/);

  expect(await decide("rolled-back", "acme/orders")).toMatchObject({ code: 0 });
  expect(await decide("promoted")).toMatchObject({ code: 3, err: expect.stringContaining("decided already") });
  expect((await status()).out).toMatch(/5 % was rolled back .* ago by .+: decided by .+\n$/);
  const { integrations } = JSON.parse((await status(true)).out);
  const [orders] = integrations;
  const { rollout } = orders;
  expect(undocumented("status", orders, rollout, rollout.decision, rollout.canary, rollout.abortWhen)).toEqual([]);
  expect((await planned()).out).toContain("is not tried again: decided by");
  expect((await planned()).out).toContain("No changes.");
  expect((await applied({ retryRollout: ["orders"] })).out).toContain("canary 5 % for 10m");

  expect(await decide("promoted")).toMatchObject({ code: 0 });
  expect((await status()).out).toMatch(/5 % was promoted .*the next apply writes it down\n$/);
  expect((await planned()).out).toMatch(/deployment +orders +safe\n/);
  expect(await applied()).toMatchObject({ code: 0 });
  expect((await status()).out).not.toContain("canary");
});

test("the line of a status says what comes next", () => {
  const running: RolloutStatus = {
    bundle: "0123456789abcdef",
    share: 500,
    forMs: 600_000,
    messages: 50,
    abortWhen: { errors: { percent: 1, beyond: true } },
    state: "running",
    ageMs: 180_000,
    waitsFor: "time",
    canary: { messages: 512, attempts: 512, errors: 0, dead: 0 },
    stable: { messages: 9_730, attempts: 9_732, errors: 2, dead: 0 },
  };
  const line = (more: Partial<RolloutStatus>): string | undefined => {
    const integration = { tenant: "acme", integration: "orders", paused: false, draining: false, wanted: true };
    const of = { ...integration, sources: [], targets: [], rollout: { ...running, ...more } };
    const status: Status = { at: "2026-01-01T00:10:00.000Z", integrations: [of] };
    return rolloutLines(status, paint(false))[0];
  };
  expect(line({})).toBe(
    "acme/orders  canary 01234567, 5 % since 3 m: 512 messages, 0 errors, 0 dead · stable 9730 messages, 2 errors, 0 dead · promotes in 7 m",
  );
  const few = { messages: 3, attempts: 3, errors: 0, dead: 0 };
  expect(line({ waitsFor: "traffic", ageMs: 700_000, canary: few })).toContain("· waits for traffic: 3 of 50");
  const decision = { kind: "rolled-back", at: "2026-01-01T00:08:00.000Z", reason: "1 dead letter" } as const;
  const dead = { messages: 13, attempts: 13, errors: 1, dead: 1 };
  expect(line({ state: "rolled-back", decision, canary: dead })).toBe(
    "acme/orders  canary 01234567, 5 % was rolled back 2 m ago: 1 dead letter · vrsky dlq redrive . --all --integration orders --bundle 0123456789ab",
  );
});

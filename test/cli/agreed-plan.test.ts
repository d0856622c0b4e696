// A plan that was agreed to, in a file: applied as it is, for the context that it was made for, or not at all.

import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Io } from "../../cli/io.ts";
import { applyVerb, planVerb } from "../../cli/verbs/plan.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";

let folder = "";
let dev: NatsRig;
let prod: NatsRig;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vrsky-agreed-"));
  [dev, prod] = await Promise.all([natsServer({ syncAlways: false }), natsServer({ syncAlways: false })]);
});
afterEach(async () => {
  await Promise.all([dev[Symbol.asyncDispose](), prod[Symbol.asyncDispose]()]);
  await rm(folder, { recursive: true, force: true });
});

test("a plan for one context is refused in another, also when it would do the same there; an edited one anywhere", async () => {
  await mkdir(join(folder, "tenants/acme"), { recursive: true });
  const context = ({ url }: NatsRig) => `{ nats: "${url}", credentials: { env: LOGINS_${url.split(":").at(-1)} } }`;
  await writeFile(
    join(folder, "vrsky.yaml"),
    `workspace: shop\nlanguage: 1\ncontexts: { dev: ${context(dev)}, prod: ${context(prod)} }\n`,
  );
  await writeFile(
    join(folder, "tenants/acme/orders.yaml"),
    "tenant: acme\n---\nintegration: orders\nsource: { http: { path: /orders }, contract: { id: string } }\ntargets: { out: { nats: { subject: orders.out } } }\n",
  );
  let said = "";
  const take = (text: string): void => {
    said += text;
  };
  const env = Object.fromEntries(
    [dev, prod].map((rig) => [`LOGINS_${rig.port}`, JSON.stringify({ acme: rig.credentials() })]),
  );
  const io: Io = { colorOut: false, colorErr: false, interactive: false, out: take, err: take, env, cwd: folder };
  const options = { cache: false, json: true, prune: false };
  const planned = { ...options, context: "dev", detailedExitcode: true, out: "plan.json" };
  const applied = (context: string, plan: string) =>
    applyVerb(folder, { ...options, context, plan, allowDataLoss: [], force: false }, io);

  expect(await planVerb(folder, planned, io), said).toBe(2);
  expect(await applied("prod", "plan.json"), said).toBe(3);
  expect(said).toContain("plan.json was made for context dev, and this is prod");
  const text = await readFile(join(folder, "plan.json"), "utf8");
  await writeFile(join(folder, "edited.json"), text.replace("IN_orders", "IN_others"));
  expect(await applied("dev", "edited.json"), said).toBe(3);
  expect(said).toContain("edited.json was changed after it was made");
  expect(await applied("dev", "plan.json"), said).toBe(0);
  // It was carried out: what it says is no longer what would be done.
  expect(await applied("dev", "plan.json"), said).toBe(3);
});

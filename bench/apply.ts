// What plan and apply cost: whole processes of the built command against a real nats-server that syncs always, ten
// integrations a tenant, each tenant in an account of its own.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startNatsServer } from "../control/nats-server/embed.ts";
import { findServer } from "../control/nats-server/find.ts";
import { platformAccount } from "../schema/address.ts";
import { timed, vrsky, written } from "./compile.ts";

/** Milliseconds; the workspace is compiled before, so that a plan reads its cache as it would on a second run. */
export interface ApplyFigures {
  readonly empty: number;
  readonly none: number;
  readonly one: number;
  readonly oneApplied: number;
  /** Made by the first apply. */
  readonly changes: number;
}

export async function applied(size: number): Promise<ApplyFigures> {
  const tenants = size / 10;
  const folder = written(size, tenants);
  const dir = mkdtempSync(join(tmpdir(), "vrsky-bench-nats-"));
  const found = await findServer({ say: () => undefined });
  if (!found.ok) throw new Error(found.message);
  const names = Array.from({ length: tenants }, (_, index) => `shop-${index}`);
  const server = await startNatsServer({ binary: found.server.path, dir, accounts: [platformAccount, ...names] });
  try {
    const creds = join(dir, "creds.json");
    writeFileSync(creds, JSON.stringify(server.credentials), { mode: 0o600 });
    const where = ["--nats", server.url, "--creds", creds];
    timed(vrsky, "compile", folder, "--out", join(dir, "out"));
    const empty = timed(vrsky, "apply", folder, ...where);
    const none = median(() => timed(vrsky, "plan", folder, ...where));
    if (changes(folder, where) !== 0) throw new Error("the second plan has changes");
    const file = join(folder, "tenants/shop-0/flow-0.yaml");
    writeFileSync(file, readFileSync(file, "utf8").replace("body.amount * 100", "body.amount * 1000"));
    const one = median(() => timed(vrsky, "plan", folder, ...where));
    const oneApplied = timed(vrsky, "apply", folder, ...where);
    const { revisions } = JSON.parse(ran("history", folder, ...where, "--json"));
    return { empty, none, one, oneApplied, changes: revisions[0].add };
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
    rmSync(dir, { recursive: true, force: true });
  }
}

function median(measure: () => number): number {
  const sorted = [measure(), measure(), measure()].sort((a, b) => a - b);
  return sorted[1] ?? 0;
}

function changes(folder: string, where: readonly string[]): number {
  const plan: { readonly changes: readonly unknown[] } = JSON.parse(ran("plan", folder, ...where, "--json"));
  return plan.changes.length;
}

function ran(...args: readonly string[]): string {
  const done = spawnSync(process.execPath, [vrsky, ...args], { encoding: "utf8", maxBuffer: 1 << 28 });
  if (done.status !== 0) throw new Error(`${args[0]} ended with ${done.status}: ${done.stderr.slice(0, 500)}`);
  return done.stdout;
}

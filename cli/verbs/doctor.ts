// vrsky doctor: what this machine has, where nats-server comes from, and what the cluster promises.

import { readFileSync } from "node:fs";
import { connectTenants } from "../../control/connect.ts";
import { inspectServer } from "../../control/doctor.ts";
import { findServer } from "../../control/nats-server/find.ts";
import { fromControl } from "../cluster.ts";
import { type ExitCode, exit } from "../exit.ts";
import { type Io, say } from "../io.ts";
import { paint } from "../paint.ts";

export interface DoctorOptions {
  readonly nats?: string;
  readonly creds?: string;
  readonly json: boolean;
}

export async function doctorVerb(options: DoctorOptions, io: Io): Promise<ExitCode> {
  const found = await findServer({ env: io.env, fetch: false });
  const url = options.nats ?? io.env.VRSKY_NATS_URL;
  const report = url === undefined ? undefined : await inspect(url, options.creds);
  if (report !== undefined && !report.ok) return say(io, fromControl(report.failure).refusal);
  const server = report?.value;
  if (options.json) {
    io.out(
      `${JSON.stringify({ node: process.versions.node, chain: found.trace, ...(server === undefined ? {} : { server }) }, null, 2)}\n`,
    );
    return exit.ok;
  }
  const color = paint(io.colorOut);
  io.out(
    `${color.bold("node")}         ${process.versions.node}\n${color.bold("nats-server")}  ${found.ok ? `${found.server.version} (${found.server.origin})` : "not here yet; it is fetched when first needed"}\n`,
  );
  for (const step of found.trace)
    io.out(
      `  ${step.outcome === "found" ? color.green("✓") : color.dim("·")} ${step.origin.padEnd(20)} ${step.detail}\n`,
    );
  if (server !== undefined) {
    io.out(
      `${color.bold("server")}       ${server.version} at ${url ?? ""}, API level ${server.apiLevel}, JetStream ${server.jetStream}\n`,
    );
    io.out(`${color.bold("promise")}      ${server.promise}\n`);
  }
  return exit.ok;
}

async function inspect(url: string, creds: string | undefined) {
  const credentials = creds === undefined ? {} : { credentials: readFileSync(creds, "utf8") };
  const tenants =
    creds?.endsWith(".json") === true
      ? Object.keys(JSON.parse(credentials.credentials ?? "{}") as object)
      : ["default"];
  const connected = await connectTenants({ url, tenants, ...credentials });
  if (!connected.ok) return connected;
  await using connections = connected.value;
  const [first] = connections.tenants;
  if (first === undefined) return { ok: true as const, value: undefined };
  return { ok: true as const, value: await inspectServer(first.connection, {}) };
}

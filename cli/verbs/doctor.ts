// vrsky doctor: what this machine has, where nats-server comes from, and what the cluster promises.

import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { connectTenants } from "../../control/connect.ts";
import type { Credentials } from "../../control/credentials.ts";
import { inspectServer } from "../../control/doctor.ts";
import { findServer } from "../../control/nats-server/find.ts";
import { isJsonObject } from "../../schema/json.ts";
import { fromControl } from "../cluster.ts";
import { credentialsAt } from "../credentials.ts";
import { type ExitCode, exit, ok } from "../exit.ts";
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
  const report = url === undefined ? undefined : await inspect(url, options.creds, io);
  if (report !== undefined && !report.ok) return say(io, report.refusal);
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

async function inspect(url: string, creds: string | undefined, io: Io) {
  const given = creds === undefined ? ok(undefined) : credentialsAt(resolve(io.cwd, creds), io);
  if (!given.ok) return given;
  const credentials = given.value;
  const [tenant = "default"] = credentials === undefined ? [] : namesIn(credentials);
  const connected = await connectTenants({
    url,
    tenants: [tenant],
    ...(credentials === undefined ? {} : { credentials }),
  });
  if (!connected.ok) return fromControl(connected.failure);
  await using connections = connected.value;
  const [first] = connections.tenants;
  return ok(first === undefined ? undefined : await inspectServer(first.connection, {}));
}

/** Whose logins they are; nobody's by name in a `.creds` file. */
function namesIn(credentials: Credentials): readonly string[] {
  if (typeof credentials === "object" && credentials.kind === "folder") {
    const files = readdirSync(credentials.path).filter((file) => file.endsWith(".creds"));
    return files.map((file) => file.slice(0, -".creds".length)).sort();
  }
  const text = typeof credentials === "string" ? credentials : credentials.read();
  try {
    const users: unknown = JSON.parse(text ?? "");
    return isJsonObject(users) ? Object.keys(users) : [];
  } catch {
    return [];
  }
}

// vrsky doctor: what this machine has, where nats-server comes from, and what the cluster promises.

import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { connect } from "@nats-io/transport-node";
import { type ServerFacts, serversByAddress, serversBySystem } from "../../control/cluster-report.ts";
import { connectTenants, withoutPassword } from "../../control/connect.ts";
import { type Credentials, readCredentials } from "../../control/credentials.ts";
import { inspectServer } from "../../control/doctor.ts";
import { findServer } from "../../control/nats-server/find.ts";
import { counted, visible } from "../../control/units.ts";
import { platformAccount, systemAccount } from "../../schema/address.ts";
import { isJsonObject } from "../../schema/json.ts";
import { fromControl } from "../cluster.ts";
import { credentialsAt } from "../credentials.ts";
import { type ExitCode, exit, ok } from "../exit.ts";
import { type Io, say } from "../io.ts";
import { type Paint, paint } from "../paint.ts";

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
  const server = report?.value?.server;
  const servers = report?.value?.servers ?? [];
  if (options.json) {
    io.out(
      `${JSON.stringify({ node: process.versions.node, chain: found.trace, ...(server === undefined ? {} : { server, servers }) }, null, 2)}\n`,
    );
    return verdictOn(servers);
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
      `${color.bold("server")}       ${server.version} at ${withoutPassword(url ?? "")}, API level ${server.apiLevel}, JetStream ${server.jetStream}\n`,
    );
    io.out(`${color.bold("promise")}      ${server.promise}\n`);
  }
  if (servers.length > 1) for (const line of clusterLines(servers, color)) io.out(`${line}\n`);
  return verdictOn(servers);
}

/** Any server may be the next one to lead a stream: each must be fit. */
const verdictOn = (servers: readonly ServerFacts[]): ExitCode =>
  servers.some(({ problem }) => problem !== undefined) ? exit.findings : exit.ok;

function clusterLines(servers: readonly ServerFacts[], color: Paint): readonly string[] {
  const names = [...new Set(servers.flatMap(({ cluster }) => cluster ?? []))].join(", ");
  const syncs = { true: "syncs always", false: color.yellow("syncs every two minutes"), unknown: "" } as const;
  const rows = servers.map(({ name, version = "-", tags = [], syncAlways, problem }) => [
    problem === undefined ? color.green("✓") : color.red("✗"),
    visible(name),
    visible(version),
    visible(tags.join(" ")),
    problem === undefined ? syncs[`${syncAlways}`] : color.red(visible(problem)),
  ]);
  const widths = [1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return [
    `${color.bold("cluster")}      ${counted(servers.length, "server")}${names === "" ? "" : ` of ${visible(names)}`}`,
    ...rows.map(([mark = "", ...cells]) =>
      `  ${mark} ${cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join("  ")}`.trimEnd(),
    ),
  ];
}

async function inspect(url: string, creds: string | undefined, io: Io) {
  const given = creds === undefined ? ok(undefined) : credentialsAt(resolve(io.cwd, creds), io);
  if (!given.ok) return given;
  const credentials = given.value;
  const names = credentials === undefined ? [] : namesIn(credentials);
  const [tenant = "default"] = names.filter((name) => name !== systemAccount && name !== platformAccount);
  const around = { url, ...(credentials === undefined ? {} : { credentials }) };
  const connected = await connectTenants({ ...around, tenants: [tenant] });
  if (!connected.ok) return fromControl(connected.failure);
  await using connections = connected.value;
  const [first] = connections.tenants;
  if (first === undefined) return ok(undefined);
  const { connection } = first;
  const login = loginOf(credentials, tenant);
  const urls = url.split(",").map((each) => each.trim());
  const system = names.includes(systemAccount) ? await asSystem(urls, loginOf(credentials, systemAccount)) : undefined;
  try {
    const server = await inspectServer(connection, system === undefined ? {} : { system });
    const told = system === undefined ? [] : await serversBySystem(system).catch(() => []);
    const servers = told.length > 0 ? told : await serversByAddress({ connection, urls, login });
    return ok({ server, servers });
  } finally {
    await system?.close();
  }
}

const loginOf = (credentials: Credentials | undefined, name: string) => {
  const read = readCredentials(credentials, [name]);
  const authenticator = read.ok ? read.value.get(name) : undefined;
  return authenticator === undefined ? {} : { authenticator };
};

/** Undefined: it does not let us in, and is asked nothing. */
const asSystem = (servers: string[], login: ReturnType<typeof loginOf>) =>
  connect({ ...login, servers, timeout: 5_000, reconnect: false }).catch(() => undefined);

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

// What `plan --replay` costs: whole processes of the built command against a real nats-server that holds real messages
// of 1.8 KB, with a mapping of which every message differs in one field; and what the process takes of memory at most.

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, headers } from "@nats-io/transport-node";
import { startNatsServer } from "../control/nats-server/embed.ts";
import { findServer } from "../control/nats-server/find.ts";
import * as address from "../schema/address.ts";
import { header } from "../schema/envelope.ts";
import { timed, vrsky } from "./compile.ts";
import { order } from "./orders.ts";

export interface ReplayFigure {
  readonly messages: number;
  /** Of `plan` alone, and with the replay, as text and as JSON. */
  readonly alone: Ran;
  readonly text: Ran;
  readonly json: Ran;
}

interface Ran {
  readonly ms: number;
  /** Milliseconds of CPU; a busy machine takes no more of them. */
  readonly cpu: number;
  /** Bytes that were resident at most. */
  readonly most: number;
}

const flow = (total: string): string => `integration: orders
source:
  http: { path: /orders }
  contract:
    id: string
    amount: number
    customer: { name: string, email?: string }
    lines: [{ sku: string, title: string, qty: integer, price: number, tags: [string] }]
steps:
  - map:
      id: "\${ body.id }"
      total: "\${ ${total} }"
      buyer: "\${ body.customer.name.trim() }"
      lines: "\${ body.lines.map(line => ({ sku: line.sku, title: line.title, cents: round(line.price * 100) })) }"
targets: { out: { nats: { subject: bench.out } }, copy: { nats: { subject: bench.copy } } }
`;

export async function replayed(messages: number): Promise<ReplayFigure> {
  const dir = mkdtempSync(join(tmpdir(), "vrsky-bench-replay-"));
  const found = await findServer({ say: () => undefined });
  if (!found.ok) throw new Error(found.message);
  const server = await startNatsServer({ binary: found.server.path, dir: join(dir, "nats"), accounts: ["acme"] });
  try {
    const folder = join(dir, "workspace");
    mkdirSync(join(folder, "tenants/acme"), { recursive: true });
    writeFileSync(join(folder, "vrsky.yaml"), "workspace: bench\nlanguage: 1\ncontexts: { dev: {} }\n");
    const spec = join(folder, "tenants/acme/orders.yaml");
    writeFileSync(spec, flow("body.amount"));
    const creds = join(dir, "creds.json");
    writeFileSync(creds, JSON.stringify(server.credentials), { mode: 0o600 });
    const where = [folder, "--nats", server.url, "--creds", creds];
    timed(vrsky, "apply", ...where);
    await store(server.url, JSON.parse(readFileSync(creds, "utf8")).acme, messages);
    writeFileSync(spec, flow("body.amount * 100"));
    await ran("plan", ...where);
    const replay = ["--replay", String(messages)];
    return {
      messages,
      alone: await ran("plan", ...where),
      text: await ran("plan", ...where, ...replay),
      json: await ran("plan", ...where, ...replay, "--json"),
    };
  } finally {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function store(url: string, login: { readonly user: string; readonly password: string }, count: number) {
  const connection = await connect({ servers: url, user: login.user, pass: login.password });
  for (let index = 0; index < count; index += 1) {
    const id = `order-${index}`;
    const fields = headers();
    fields.set(header.id, id);
    const subject = address.intakeSubject("orders", address.idHash(id));
    const body = JSON.stringify(order(id));
    // The last of each thousand says that those before it are there.
    if (index % 1000 < 999 && index < count - 1) connection.publish(subject, body, { headers: fields });
    else await connection.request(subject, body, { headers: fields, timeout: 30_000 });
  }
  await connection.close();
}

function ran(...args: readonly string[]): Promise<Ran> {
  const began = performance.now();
  const child = spawn(process.execPath, [vrsky, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  child.stdout.resume();
  let [most, cpu] = [0, 0];
  const watch = setInterval(() => {
    most = Math.max(most, residentAtMost(child.pid ?? 0));
    cpu = Math.max(cpu, cpuOf(child.pid ?? 0));
  }, 20);
  return new Promise((resolve, reject) => {
    child.on("close", (code) => {
      clearInterval(watch);
      if (code === 0) resolve({ ms: performance.now() - began, cpu, most });
      else reject(new Error(`${args[0]} ended with ${code}`));
    });
  });
}

/** Zero where the system does not say. */
function residentAtMost(pid: number): number {
  try {
    return 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** The same of what the system counts in hundredths of a second, its threads included. */
function cpuOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return 10 * (Number(fields[11]) + Number(fields[12]));
  } catch {
    return 0;
  }
}

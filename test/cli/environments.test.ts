// Environments: one commit, two contexts with servers, logins, settings and quotas of their own. The bundles are the
// same to the byte; everything else is what each context says.

import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { chooseCluster } from "../../cli/cluster.ts";
import { openFolder, type Ready } from "../../cli/compile-workspace.ts";
import { startHouse } from "../../cli/house.ts";
import type { Io } from "../../cli/io.ts";
import { applyVerb, planVerb } from "../../cli/verbs/plan.ts";
import { readDeployments } from "../../control/deployment.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";
import { api } from "../rig/topology.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "vrsky-environments-"));
  await mkdir(join(folder, "tenants/acme"), { recursive: true });
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const orders = `integration: orders
source: { http: { path: /orders }, contract: { id: string } }
steps: [{ map: { id: "\${ body.id }", region: "\${ settings.region }" } }]
targets: { out: { nats: { subject: orders.out } } }
`;

interface Talk {
  readonly io: Io;
  readonly said: string[];
}

function talk(env: Readonly<Record<string, string | undefined>> = {}): Talk {
  const said: string[] = [];
  const take = (text: string): void => void said.push(text);
  const still = { colorOut: false, colorErr: false, interactive: false };
  return { said, io: { ...still, out: take, err: take, env, cwd: folder } };
}

async function workspace(contexts: string): Promise<void> {
  await writeFile(
    join(folder, "vrsky.yaml"),
    `workspace: shop\nlanguage: 1\nsettings: { region: string }\ndefaults: { settings: { region: nowhere } }\ncontexts:\n${contexts}`,
  );
  await writeFile(
    join(folder, "tenants/acme/tenant.yaml"),
    "tenant: acme\nquotas: { storage: 1GiB, messages: 100/s }\n",
  );
  await writeFile(join(folder, "tenants/acme/orders.yaml"), orders);
}

const logins = (nats: NatsRig): string => JSON.stringify({ acme: nats.credentials() });

function ready(io: Io): Ready {
  const opened = openFolder(folder, io, { cache: false });
  if (!opened.ok) throw new Error(opened.refusal.message);
  return opened.value;
}

/** What one message becomes that is sent to a worker of the context. */
async function delivered(context: string, nats: NatsRig, io: Io): Promise<unknown> {
  const cluster = chooseCluster(ready(io), { context }, io);
  if (!cluster.ok) throw new Error(cluster.refusal.message);
  const connection = await nats.connect();
  const out = connection.subscribe("orders.out", { max: 1 });
  const house = await startHouse({
    ready: ready(io),
    cluster: cluster.value,
    httpPort: 0,
    dataDir: folder,
    quiet: true,
    io,
  });
  if (!house.ok) throw new Error(house.refusal.message);
  try {
    const answer = await fetch(`http://127.0.0.1:${house.value.httpPort}/acme/orders`, {
      method: "POST",
      body: JSON.stringify({ id: context }),
    });
    expect(answer.status).toBe(202);
    for await (const message of out) return message.json();
    return undefined;
  } finally {
    await house.value.close();
  }
}

test("the same commit on two servers: values, logins and limits of their own, the same bundles", async () => {
  await using north = await natsServer();
  await using south = await natsServer();
  await workspace(`  north:
    nats: ${north.url}
    settings: { region: north }
    credentials: { file: north.json }
  south:
    nats: ${south.url}
    settings: { region: south }
    credentials: { env: SOUTH_LOGINS }
    tenants: { acme: { quotas: { storage: 100MiB, messages: 5/s } } }
`);
  await writeFile(join(folder, "north.json"), logins(north), { mode: 0o600 });
  const { io, said } = talk({ SOUTH_LOGINS: logins(south) });
  const options = { cache: false, json: true, allowDataLoss: [], prune: false, force: false };
  for (const context of ["north", "south"]) {
    expect(await applyVerb(folder, { ...options, context }, io), said.join("")).toBe(0);
    const again = { context, cache: false, json: true, detailedExitcode: true, prune: false };
    expect(await planVerb(folder, again, io), said.join("")).toBe(0);
  }
  expect(said.join("")).not.toContain("warning");

  const held = async (nats: NatsRig) => {
    const connection = await nats.connect();
    const { config } = await api(connection, "STREAM.INFO.IN_orders");
    const [deployment] = await readDeployments(connection);
    return { config, record: deployment?.record };
  };
  const [there, here] = [await held(north), await held(south)];
  expect(there.config).toMatchObject({ max_bytes: 512 * 1024 ** 2 });
  expect(here.config).toMatchObject({ max_bytes: 50 * 1024 ** 2 });
  expect(there.record).toMatchObject({ messagesPerSecond: 100 });
  expect(here.record).toMatchObject({ messagesPerSecond: 5 });
  expect(here.record?.bundle).toBe(there.record?.bundle);
  expect(here.record?.bundle).toMatch(/^[0-9a-f]{64}$/);

  expect(await delivered("north", north, io)).toEqual({ id: "north", region: "north" });
  expect(await delivered("south", south, io)).toEqual({ id: "south", region: "south" });
});

test("a file of logins that others can read is warned of, and used", async () => {
  await workspace("  dev: { nats: nats://127.0.0.1:1, credentials: { file: ~/logins.json } }\n");
  await writeFile(join(folder, "logins.json"), "{}");
  await chmod(join(folder, "logins.json"), 0o644);
  const { io, said } = talk({ HOME: folder });
  const cluster = chooseCluster(ready(io), {}, io);
  expect(contentOf(cluster)).toBe("{}");
  expect(said.join("")).toContain("other users of this machine can read");
  await chmod(join(folder, "logins.json"), 0o600);
  const quiet = talk({ HOME: folder });
  expect(chooseCluster(ready(quiet.io), {}, quiet.io).ok).toBe(true);
  expect(quiet.said).toEqual([]);
});

test.each([
  ["a variable that is not set", "{ env: NOWHERE }", "the variable NOWHERE, which is not set"],
  ["a file that is not there", "{ file: nowhere.creds }", "nowhere.creds (ENOENT)"],
])("%s is said by name", async (_what, credentials, says) => {
  await workspace(`  dev: { nats: nats://127.0.0.1:1, credentials: ${credentials} }\n`);
  const { io } = talk();
  const cluster = chooseCluster(ready(io), {}, io);
  expect(cluster).toMatchObject({ ok: false, refusal: { exit: 64 } });
  expect(JSON.stringify(cluster)).toContain(says);
  expect(JSON.stringify(cluster)).toContain("context `dev`");
});

test("--creds is used instead of what the context says", async () => {
  await workspace("  dev: { nats: nats://127.0.0.1:1, credentials: { env: NOWHERE } }\n");
  await writeFile(join(folder, "mine.json"), "mine", { mode: 0o600 });
  const { io } = talk();
  const cluster = chooseCluster(ready(io), { creds: "mine.json" }, io);
  expect(contentOf(cluster)).toBe("mine");
});

/** What a file of logins holds when it is asked for. */
function contentOf(cluster: ReturnType<typeof chooseCluster>): string | undefined {
  const credentials = cluster.ok ? cluster.value.credentials : undefined;
  return typeof credentials === "object" && credentials.kind === "file" ? credentials.read() : undefined;
}

// `vrsky plan --replay` against a real server: messages that a real worker has taken in, a changed workspace, the real
// command line in a process of its own. What it lists is compared with what the test works out by itself.

import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { headers } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type PlanOptions, planVerb } from "../../cli/verbs/plan.ts";
import * as address from "../../schema/address.ts";
import { header } from "../../schema/envelope.ts";
import { command } from "../rig/command.ts";
import { until } from "../rig/wait.ts";
import { type Watched, watched } from "../rig/watched.ts";

interface Order {
  readonly id: string;
  readonly total: number;
  readonly country: string;
  readonly note?: string;
  readonly lines: readonly { readonly sku: string; readonly qty: number }[];
}

const source = `source:
  http: { path: /orders }
  contract: { id: string, total: number, country: string, note?: string, lines: [{ sku: string, qty: integer }] }
  message-id: \${ body.id }`;

const before = `integration: orders
${source}
targets:
  warehouse:
    steps:
      - map: { order: "\${ body.id }", total: "\${ body.total }", lines: "\${ body.lines }", secret: "\${ body.note ?? '' }" }
    http: { url: "\${ settings.receiver }/warehouse" }
  large:
    when: \${ body.total > 800 }
    http: { url: "\${ settings.receiver }/large" }
  old-audit: { http: { url: "\${ settings.receiver }/audit" } }
`;

/** Each change of its own concerns a part of the messages that the test knows. */
const after = `integration: orders
${source}
targets:
  warehouse:
    steps:
      - map:
          order: \${ body.id }
          total: "\${ body.country === 'NO' ? body.total * 100 : body.total }"
          lines: |-
            \${ body.lines.map(line => ({ sku: line.sku, qty: line.sku === "b" ? line.qty + 1 : line.qty })) }
          secret: \${ body.note ?? "" }
    http: { url: "\${ settings.receiver }/warehouse" }
  large:
    when: \${ body.total > 900 }
    http: { url: "\${ settings.receiver }/large" }
  audit:
    http: { connection: receiver, path: "/audit/\${ body.note ?? 'none' }", method: PUT }
`;

/** Each with an end of its own in the last test; not touched by the others. */
const others: Readonly<Record<string, string>> = Object.fromEntries(
  ["stock", "billing", "kept", "lost", "quiet", "same"].map((name) => [
    `tenants/acme/${name}.yaml`,
    `integration: ${name}
source: { http: { path: /${name} }, contract: { id: string, n: number } }
${name === "kept" ? "archive: { keep: 30d }\n" : ""}targets: { out: { nats: { subject: ${name}.out } } }
`,
  ]),
);

const connections = `connections:
  receiver: { http: { url: "\${ settings.receiver }" } }
`;

const count = 1_000;
const orders: readonly Order[] = Array.from({ length: count }, (_, index) => ({
  id: `ord-${index}`,
  total: index,
  country: ["NO", "SE", "DE", "FR", "IT", "ES", "PL"][index % 7] ?? "",
  ...(index % 250 === 7 ? { note: "" } : index % 3 === 0 ? { note: `hush-${index}` } : {}),
  lines: Array.from({ length: index % 3 }, (_, line) => ({ sku: line === 0 ? "a" : "b", qty: line + 1 })),
}));

let world: Watched;
let folder = "";
beforeAll(async () => {
  world = await watched({ "tenants/acme/orders.yaml": before, ...others });
  folder = await mkdtemp(join(tmpdir(), "vrsky-difference-"));
  await workspace({ "tenants/acme/orders.yaml": after, "tenants/acme/connections.yaml": connections, ...others });
  for (let from = 0; from < count; from += 50) {
    const posted = orders.slice(from, from + 50).map((order) => world.post("/acme/orders", { ...order }));
    expect(new Set(await Promise.all(posted))).toEqual(new Set([202]));
  }
  // Its body lies in chunks.
  expect(await world.post("/acme/stock", { id: "s-0", n: 0.5, filler: "x".repeat(700_000) })).toBe(202);
  // Then nothing moves any more.
  const sent = 2 * count + orders.filter(({ total }) => total > 800).length;
  await until("all are delivered", () => world.received.length === sent, 60_000);
  await world.stopWorker();
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function workspace(texts: Readonly<Record<string, string>>): Promise<void> {
  const root = `workspace: watched
language: 1
settings: { receiver: string }
defaults: { settings: { receiver: "http://127.0.0.1:1" }, retry: { for: 1h, initial: 50ms, max: 100ms } }
contexts: { dev: {} }
`;
  for (const [path, text] of Object.entries({ "vrsky.yaml": root, ...texts })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function plan(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const { nats, creds } = world.cluster;
  const all = [...command, "plan", folder, "--no-cache", "--nats", nats, "--creds", creds, ...args];
  const child = spawn(process.execPath, all, { cwd: folder, env: { ...process.env, CI: "1", ...env } });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, out, err })));
}

interface Told {
  readonly id: string;
  readonly verdict: string;
  readonly differences: readonly {
    readonly kind: string;
    readonly target?: string;
    readonly path?: string;
    readonly from?: { readonly value?: unknown };
    readonly to?: { readonly value?: unknown };
  }[];
}

/** What the two texts above say of an order, worked out by hand. */
function expected({ id, total, country, note, lines }: Order): readonly string[] {
  const audit = note === "" ? [`${id} audit dies`] : [`${id} audit gets`];
  const second = lines[1] === undefined ? [] : [`${id} warehouse changed body.lines[1].qty 2 3`];
  const cents = country === "NO" && total !== 0 ? [`${id} warehouse changed body.total ${total} ${total * 100}`] : [];
  const large = total > 800 && total <= 900 ? [`${id} large gets-no-more`] : [];
  return [...audit, `${id} old-audit gets-no-more`, ...second, ...cents, ...large];
}

const line = (id: string, { kind, target, path, from, to }: Told["differences"][number]): string =>
  [id, target, kind, path, from?.value, to?.value].filter((part) => part !== undefined).join(" ");

async function streams(): Promise<unknown> {
  const answer = await world.admin.request("$JS.API.STREAM.LIST", JSON.stringify({}));
  const { streams }: { readonly streams: readonly { config: { name: string }; state: object }[] } = answer.json();
  return Object.fromEntries(streams.map(({ config, state }) => [config.name, state]));
}

test("exactly the messages and fields that differ are listed; nothing is sent, nothing written", async () => {
  const [there, received] = [await streams(), world.received.length];
  const { code, out, err } = await plan(["--replay", "1000", "--json", "--values", "--replay-fail-on", "dead"]);
  expect(code, err).toBe(1);
  const { replay }: { replay: { messages: number; integrations: readonly { messages: readonly Told[] }[] } } =
    JSON.parse(out);
  const [found] = replay.integrations;
  const listed = (found?.messages ?? []).flatMap(({ id, differences }) => differences.map((each) => line(id, each)));
  expect(listed.toSorted()).toEqual(orders.flatMap(expected).toSorted());
  const dead = orders.filter(({ note }) => note === "").length;
  expect(found).toMatchObject({
    tenant: "acme",
    integration: "orders",
    kind: "compared",
    replayed: count,
    verdicts: { same: 0, open: 0, differs: count - dead, dies: dead, refused: 0 },
    unread: [],
  });
  expect(await streams()).toEqual(there);
  expect(world.received.length).toBe(received);
});

test("a terminal sees counts, places and messages to look at, and no value; what would be dead fails a CI that asks", async () => {
  const { code, out } = await plan(["--replay", "100", "--replay-fail-on", "dead"]);
  expect(code).toBe(0);
  // The last hundred: none of those that would be dead is among them.
  expect(out.slice(out.indexOf("The last")).replaceAll(/e\.g\. .+/g, "e.g. …")).toMatchInlineSnapshot(`
    "The last 100 messages through what runs and through what would run; nothing was sent:

      acme/orders: 100 messages replayed · 100 differ · 0 same
        audit      + gets it now       100  the target is new         e.g. …
        large      - gets it no more     1  when (tenants/acme/orders.yaml:17:11)  e.g. …
        old-audit  - gets it no more   100  the target is gone        e.g. …
        warehouse  ~ body.lines[].qty   33  number                    e.g. …
        warehouse  ~ body.total         14  number                    e.g. …
    "
  `);
  expect(out).not.toContain("hush");
});

test("neither the page of a pull request, nor a step's summary, nor a plan in a file holds a value or an id", async () => {
  const [summary, file] = [join(folder, "summary.md"), join(folder, "plan.json")];
  const args = ["--replay", "1000", "--format", "markdown", "--out", file, "--detailed-exitcode"];
  const { code, out } = await plan(args, { GITHUB_STEP_SUMMARY: summary });
  expect(code).toBe(2);
  const page = out.slice(out.indexOf("#### What"), out.indexOf("<sub>"));
  // Which of those that were sent together lie first is chance.
  expect(page.replaceAll(/`[\w-]{16}`<br>.*`/g, "…")).toMatchInlineSnapshot(`
    "#### What the last 1,000 messages would become

    \`acme/orders\`: 1,000 replayed · **996 differ** · 🛑 **4 would now be dead** · 0 same

    | where |  | messages | what | look at |
    | --- | --- | --- | --- | --- |
    | \`audit\` | 🛑 would now be dead | 4 | \`a segment of the path would be empty (tenants/acme/orders.yaml:20:41)\` | … |
    | \`audit\` | ➕ gets it now | 996 | \`the target is new\` | … |
    | \`large\` | ➖ gets it no more | 100 | \`when (tenants/acme/orders.yaml:17:11)\` | … |
    | \`old-audit\` | ➖ gets it no more | 1,000 | \`the target is gone\` | … |
    | \`warehouse\` | ✏️ <code>body&#46;lines&#91;&#93;&#46;qty</code> | 333 | \`number\` | … |
    | \`warehouse\` | ✏️ \`body.total\` | 142 | \`number\` | … |

    "
  `);
  expect(await readFile(summary, "utf8")).toContain("#### What the last 1,000 messages would become");
  for (const text of [out, await readFile(summary, "utf8"), await readFile(file, "utf8")]) {
    expect(text).not.toMatch(/hush|ord-\d/);
  }
});

const planHere = (flags: Partial<PlanOptions>) => {
  const options = { ...world.cluster, cache: false, json: false, detailedExitcode: false, prune: false, ...flags };
  return world.verb((io) => planVerb(folder, options, io));
};

test("what cannot be asked together is said before anything is done", async () => {
  const usage = async (flags: Partial<PlanOptions>): Promise<string> => {
    const { code, err } = await planHere(flags);
    expect(code).toBe(64);
    return err;
  };
  expect(await usage({ values: true })).toContain("--values says something about --replay, which is not there");
  expect(await usage({ replay: 10, values: true, format: "markdown" })).toContain("a page is read by many");
  expect(await usage({ replay: 100_001 })).toContain("at most 100,000 messages");
  expect(await usage({ replay: 10, replayOf: ["ordres"] })).toContain("There is no integration `ordres`");
  const { code, err } = await plan(["--replay", "a-few"]);
  expect(code).toBe(64);
  expect(err).toContain("a number from 1 is wanted");
});

async function storeRaw(integration: string, id: string, text: string, more: Readonly<Record<string, string>> = {}) {
  const fields = headers();
  for (const [name, value] of Object.entries({ [header.id]: id, ...more })) fields.set(name, value);
  await world.admin.request(address.intakeSubject(integration, address.idHash(id)), text, {
    headers: fields,
    timeout: 10_000,
  });
}

test("each integration has its own answer: new, renamed, without messages or bundle, refused, unreadable", async () => {
  await world.store("stock", "s-1", { id: "s-1", n: 1 });
  await world.store("stock", "s-2", { id: "s-2", n: 1.5 });
  await storeRaw("stock", "s-3", "{ not JSON");
  const content = JSON.stringify({ role: "body", size: 9, sha256: "0", at: "object", store: "nats", name: "gone" });
  await storeRaw("stock", "s-4", "", { "Vrsky-Content": content });
  // What the intake has trimmed, the archive still has; one of them is no real message.
  await world.store("kept", "k-1", { id: "k-1", n: 2 });
  await storeRaw("kept", "k-1~replay-r", '{ "id": "k-1", "n": 2 }', { [header.replay]: "{}" });
  const archived = async (): Promise<boolean> => {
    const info = await world.admin.request(`$JS.API.STREAM.INFO.${address.archiveStream("kept")}`, "");
    const { state }: { readonly state?: { readonly messages: number } } = info.json();
    return state?.messages === 2;
  };
  await until("both are archived", archived);
  await world.admin.request(`$JS.API.STREAM.PURGE.${address.intakeStream("kept")}`, "");
  await world.store("billing", "b-1", { id: "b-1", n: 2 });
  await world.store("lost", "l-1", { id: "l-1", n: 2 });
  const manifest = JSON.parse(await readFile(join(world.folder, "acme/lost/bundle.json"), "utf8"));
  const filter = `$KV.${address.deployBucket}.${address.bundleKey(manifest.hash)}`;
  const purge = `$JS.API.STREAM.PURGE.${address.bucketStream(address.deployBucket)}`;
  await world.admin.request(purge, JSON.stringify({ filter }));

  const of = (name: string): string => others[`tenants/acme/${name}.yaml`] ?? "";
  const tripled = (text: string): string =>
    text.replace("targets:", 'steps: [{ map: { n: "${ body.n * 3 }" } }]\ntargets:');
  await rm(join(folder, "tenants/acme/billing.yaml"));
  await workspace({
    "tenants/acme/orders.yaml": before,
    "tenants/acme/stock.yaml": of("stock").replace("n: number", "n: integer"),
    "tenants/acme/invoices.yaml": `${tripled(of("billing").replaceAll("billing", "invoices"))}moved-from: billing\n`,
    "tenants/acme/kept.yaml": tripled(of("kept")),
    "tenants/acme/lost.yaml": tripled(of("lost")),
    "tenants/acme/quiet.yaml": tripled(of("quiet")),
    "tenants/acme/fresh.yaml": of("quiet").replaceAll("quiet", "fresh"),
  });
  const { code, out } = await planHere({ replay: 1000, replayOf: ["acme/same"], values: true });
  expect(code, out).toBe(0);
  expect(out.slice(out.indexOf("The last"))).toMatchInlineSnapshot(`
    "The last 1,000 messages through what runs and through what would run; nothing was sent:

      acme/fresh: it is new: no message has come in yet

      acme/billing -> invoices: 1 message replayed · 1 differ · 0 same
        out  ~ settings.subject  1  text    e.g. b-1
               b-1  "billing.out" → "invoices.out"
        out  - body.id           1  text    e.g. b-1
               b-1  "b-1" → (none)
        out  ~ body.n            1  number  e.g. b-1
               b-1  2 → 6

      acme/kept: 1 message replayed · 1 differ · 0 same
        out  - body.id  1  text    e.g. k-1
               k-1  "k-1" → (none)
        out  ~ body.n   1  number  e.g. k-1
               k-1  2 → 6
        not compared: 1 message, a copy of another that \`vrsky replay\` brought in

      acme/lost: not compared: the bundle 60c55986a067 that runs is not there as it was applied

      acme/quiet: it has no message in its history

      acme/same: the same bundle runs already

      acme/stock: 3 messages replayed · 2 would now be refused · 1 same
        source  ! would be refused  2  /n must be an integer  e.g. Cv2FAYJaDQzASzTbUDBhVc98cPXKXwlwhl3DcUADS9g, s-2
        not compared: 1 message, its body is not JSON
        not compared: 1 message, its body lies in an object store, which is not read here
    "
  `);
  const failing = await planHere({ replay: 1000, replayFailOn: "any" });
  expect(failing.code).toBe(1);
  const hurried = await planHere({ replay: 1000, replayTime: 0 });
  expect(hurried.out).toContain("not compared: 5 messages, there was no time left for them (--replay-time)");
  expect((await planHere({ replay: 1000, replayTime: 0, replayFailOn: "dead" })).code).toBe(1);

  // One message whose scripts would take a minute is not waited for either.
  await world.store("stock", "s-5", { id: "s-5", n: 5 });
  const asked = Array.from({ length: 60 }, (_, index) => index).join(", ");
  const steps = `steps: [{ split: "\${ [${asked}] }" }, { name: loop, script: { file: scripts/loop.ts } }]`;
  await workspace({
    "tenants/acme/stock.yaml": of("stock").replace("targets:", `${steps}\ntargets:`),
    "scripts/loop.ts": "export default () => {\n  let n = 0;\n  while (n >= 0) n += 1;\n  return n;\n};\n",
  });
  const looping = await planHere({ replay: 1, replayTime: 2_500 });
  expect(looping.out).toContain("not compared: 1 message, there was no time left for them (--replay-time)");
});

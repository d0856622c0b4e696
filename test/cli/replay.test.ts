// vrsky replay against a real server and a real worker: what went through is listed, looked at by an expression and run
// again, and whoever asks for the impossible is told why.

import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { historyVerb } from "../../cli/verbs/history.ts";
import { type ReplayOptions, replayVerb } from "../../cli/verbs/replay.ts";
import { statusVerb } from "../../cli/verbs/status.ts";
import { traceVerb } from "../../cli/verbs/trace.ts";
import { command } from "../rig/command.ts";
import { api } from "../rig/topology.ts";
import { until } from "../rig/wait.ts";
import { type Watched, watched } from "../rig/watched.ts";

const texts = {
  "tenants/acme/orders.yaml": `integration: orders
archive: { keep: 30d }
source: { http: { path: /orders }, contract: { id: string, total: number, kind?: big | small }, message-id: "\${ body.id }" }
targets:
  crm: { http: { url: "\${ settings.receiver }/crm" } }
  lake: { http: { url: "\${ settings.receiver }/lake" } }
`,
  "tenants/acme/bills.yaml": `integration: bills
order-by: \${ body.id }
source: { http: { path: /bills }, contract: { id: string }, message-id: "\${ body.id }" }
targets: { ledger: { http: { url: "\${ settings.receiver }/ledger" } }, copy: { http: { url: "\${ settings.receiver }/copy" } } }
`,
};

const hour = 3_600_000;
const plain = { dryRun: false, bodies: false, yes: false, json: false } as const;
/** Without `--from`. */
const nothing = -1;

const cli =
  (world: Watched) =>
  (integration: string, more: Partial<ReplayOptions> = {}, from = Date.now() - hour) =>
    world.verb((io) =>
      replayVerb(world.folder, integration, { ...plain, ...(from < 0 ? {} : { from }), ...world.cluster, ...more }, io),
    );

const at = (world: Watched, path: string) => world.received.filter((each) => each.path === path);

async function sent(world: Watched, totals: readonly number[]): Promise<void> {
  for (const [index, total] of totals.entries()) {
    expect(await world.post("/acme/orders", { id: `o${index}`, total })).toBe(202);
  }
  await until(
    "all are delivered",
    () => at(world, "/crm").length === totals.length && at(world, "/lake").length === totals.length,
  );
}

test("what went through is listed, filtered by an expression, and goes once more to the target that was named", async () => {
  await using world = await watched(texts);
  const replay = cli(world);
  await sent(world, [5, 500, 50]);

  const listed = await replay("orders", { dryRun: true });
  expect(listed.code).toBe(0);
  expect(listed.out.trim().split("\n")).toHaveLength(3);
  expect(listed.out).toMatch(/^\d{4}-\d\d-\d\dT\S+Z {2}\s+\d+ B {2}http {8}o0$/m);
  expect(listed.err).toMatch(/^from the archive, which goes back to \S+\n3 messages; nothing was sent\.\n$/m);
  const lines = (await replay("orders", { dryRun: true, json: true, where: "body.total > 40" })).out.trim().split("\n");
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { id: "o1", at: expect.any(String), source: "http", size: 23, sequence: 2 },
    { id: "o2", at: expect.any(String), source: "http", size: 22, sequence: 3 },
  ]);
  const whole = await replay("orders", { dryRun: true, json: true, bodies: true, where: '${ meta.id === "o1" }' });
  expect(JSON.parse(whole.out)).toMatchObject({ id: "o1", body: { id: "o1", total: 500 }, meta: {} });

  // Whoever cannot be asked must say --yes.
  expect(await replay("orders", { run: "a" })).toMatchObject({ code: 3 });
  const done = await replay("orders", { run: "a", target: ["lake"], where: "body.total > 40", yes: true, json: true });
  expect(done.err).toContain("2 messages replayed, 1 left out by --where");
  expect(done).toMatchObject({ code: 0 });
  expect(JSON.parse(done.out)).toEqual({
    run: "a",
    integration: "orders",
    targets: ["lake"],
    replayed: 2,
    filtered: 1,
    failed: 0,
    ended: true,
    already: 0,
  });
  await until("they are there", () => at(world, "/lake").length === 5);
  const again = at(world, "/lake").slice(3);
  expect(again.map(({ headers }) => headers["idempotency-key"]).sort()).toEqual(["o1~replay-a", "o2~replay-a"]);
  expect(at(world, "/crm")).toHaveLength(3);

  // The run is known by its name: nothing is done twice.
  const over = await replay("orders", { run: "a", yes: true }, nothing);
  expect(over).toMatchObject({ code: 0 });
  expect(over.err).toContain("The replay a is done: 2 messages");
  expect(at(world, "/lake")).toHaveLength(5);

  const traced = await world.verb((io) =>
    traceVerb(world.folder, "o1~replay-a", { json: false, preview: 100, payload: true, ...world.cluster }, io),
  );
  expect(traced.code).toBe(0);
  expect(traced.out).toContain("lake");
  expect(traced.out).toContain("delivered");
  const history = await world.verb((io) =>
    historyVerb(world.folder, { audit: true, json: true, ...world.cluster }, io),
  );
  expect(history.out).toContain('"replay-started"');
  expect(history.out).toContain('"replayed": 2');
  expect(history.out).not.toContain("body.total");

  const status = await world.verb((io) =>
    statusVerb(world.folder, { json: false, watch: false, ...world.cluster }, io),
  );
  expect(status.out).toMatch(/^ARCHIVE +MESSAGES +OLDEST +KEEPS +ROOM +STATE$/m);
  expect(status.out).toMatch(/^acme\/orders +3 +(< )?\d+ \w +30d +\S+ \w+ of 1\.3 GiB +ok$/m);

  // An archive that is full loses its oldest, says so, and stops nobody.
  const { config, state } = await api(world.admin, "STREAM.INFO.ARCHIVE_orders");
  await api(world.admin, "STREAM.UPDATE.ARCHIVE_orders", { ...Object(config), max_bytes: Object(state).bytes });
  expect(await world.post("/acme/orders", { id: "o3", total: 500 })).toBe(202);
  await until("it is archived", async () => (await replay("orders", { dryRun: true })).out.includes("o3"));
  const full = await world.verb((io) => statusVerb(world.folder, { json: false, watch: false, ...world.cluster }, io));
  expect(full.out).toContain("archive full");
  expect(full.out).toContain("full: the oldest go before their time");
  const left = await replay("orders", { dryRun: true });
  expect(left.out).not.toContain("o0");
  expect(left.err).toContain("is not kept any more");
});

test("asked first, with how many, where to and how long; a no sends nothing", async () => {
  await using world = await watched(texts);
  await sent(world, [1, 2]);
  const asked: string[] = [];
  const answering = (answer: boolean) =>
    world.verb((io) =>
      replayVerb(
        world.folder,
        "orders",
        { ...plain, from: Date.now() - hour, run: "b", rate: 1, ...world.cluster },
        {
          ...io,
          confirm: async (question) => {
            asked.push(question);
            return answer;
          },
        },
      ),
    );
  const no = await answering(false);
  expect(no.code).toBe(3);
  expect(no.err).toContain("  messages   2\n  targets    crm, lake\n");
  expect(no.err).toContain("  rate       1/s, so it takes 2 s or more\n");
  expect(no.err).toContain("Nothing was sent.");
  expect(at(world, "/crm")).toHaveLength(2);
  expect((await answering(true)).code).toBe(0);
  expect(asked).toEqual(["Type yes to replay them: ", "Type yes to replay them: "]);
  await until("they are there", () => at(world, "/crm").length === 4 && at(world, "/lake").length === 4);
});

test("Ctrl-C leaves a run that goes on where it was", async () => {
  await using world = await watched(texts);
  const ids = Array.from({ length: 60 }, (_, index) => index);
  await Promise.all(ids.map((index) => world.post("/acme/orders", { id: `o${index}`, total: index })));
  await until("all are delivered", () => at(world, "/lake").length === 60);
  const { nats, creds } = world.cluster;
  const flags = ["--from", "1h", "--target", "lake", "--rate", "20/s", "--run", "c", "--yes"];
  const child = spawn(
    process.execPath,
    [...command, "replay", world.folder, "orders", "--nats", nats, "--creds", creds, ...flags],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let err = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  await until("some have gone", () => at(world, "/lake").length > 64);
  child.kill("SIGINT");
  expect(await ended).toBe(130);
  const [, done] = /stopped: (\d+) messages replayed\nTo go on: vrsky replay orders --run c\n$/.exec(err) ?? [];
  expect(Number(done)).toBeGreaterThan(0);
  expect(Number(done)).toBeLessThan(60);
  const rest = await cli(world)("orders", { run: "c", rate: 1_000, yes: true }, nothing);
  expect(rest).toMatchObject({ code: 0 });
  expect(rest.err).toContain(`${60 - Number(done)} messages replayed, ${done} done before`);
  await until("all went again", () => at(world, "/lake").length === 120);
  const keys = at(world, "/lake").map(({ headers }) => headers["idempotency-key"]);
  expect(new Set(keys).size).toBe(120);
});

test("with order-by through the intake, whose history it reads when there is no archive", async () => {
  await using world = await watched(texts);
  for (const id of ["a", "b", "c"]) expect(await world.post("/acme/bills", { id })).toBe(202);
  await until("they are there", () => at(world, "/ledger").length === 3 && at(world, "/copy").length === 3);
  const replay = cli(world);
  const some = await replay("bills", { target: ["ledger"], yes: true });
  expect(some).toMatchObject({ code: 64 });
  expect(some.err).toContain("bills keeps order");
  const done = await replay("bills", { run: "d", yes: true });
  expect(done).toMatchObject({ code: 0 });
  expect(done.err).toContain("from the intake's history, as there is no archive, which goes back to");
  expect(done.err).not.toContain("warning");
  await until("they went again", () => at(world, "/ledger").length === 6 && at(world, "/copy").length === 6);
  // What is out of the history is said to be missing.
  await api(world.admin, "STREAM.PURGE.IN_bills", { seq: 2 });
  const less = await replay("bills", { dryRun: true });
  expect(less.err).toMatch(/warning: what came before \S+ is not kept any more/);
  expect(less.out.trim().split("\n")).toHaveLength(2);
  // A replay is not replayed.
  expect((await replay("bills", { run: "e", yes: true, json: true })).out).toContain('"replayed": 2');
});

test("who asks for what is not there, or may not, is told so", async () => {
  await using world = await watched(texts);
  await sent(world, [1]);
  const replay = cli(world);
  for (const [integration, more, code, said] of [
    ["nothing", {}, 1, "There is no integration `nothing`"],
    ["orders", { tenant: "nobody" }, 1, "no tenant `nobody`"],
    ["orders", { target: ["mail"] }, 1, "has no target mail"],
    ["orders", { from: Date.now(), to: Date.now() - hour }, 64, "Between these times there is nothing"],
    ["orders", { run: "Not This" }, 64, "no name of a run"],
    ["orders", { where: "body.total >" }, 1, "--where body.total >"],
    ["orders", { where: "body.price > 1" }, 1, "price"],
    ["orders", { where: "body.total" }, 1, "--where"],
    ["orders", { where: "secrets.key === 'a'" }, 1, "secrets"],
  ] as const) {
    const refused = await replay(integration, { yes: true, ...more });
    expect([said, refused.code]).toEqual([said, code]);
    expect(refused.err).toContain(said);
    expect(refused.err).not.toContain("    at ");
  }
  expect(await replay("orders", { yes: true }, nothing)).toMatchObject({ code: 64 });
  // A name that is mistyped, or forgotten, is not a run from the beginning.
  const unknown = await replay("orders", { run: "mistyped", yes: true }, nothing);
  expect(unknown).toMatchObject({ code: 1 });
  expect(unknown.err).toContain("orders has no replay `mistyped` to go on with");
  const worker = await replay("orders", { yes: true, creds: world.workerCreds });
  expect([77, 64]).toContain(worker.code);
  expect(at(world, "/crm")).toHaveLength(1);

  // Nothing is kept any more; and then not even a stream.
  await api(world.admin, "STREAM.DELETE.ARCHIVE_orders");
  await api(world.admin, "STREAM.PURGE.IN_orders");
  const empty = await replay("orders", { yes: true });
  expect(empty).toMatchObject({ code: 0 });
  expect(empty.err).toContain("is empty");
  await api(world.admin, "STREAM.DELETE.IN_orders");
  expect(await replay("orders", { yes: true })).toMatchObject({ code: 1 });
});

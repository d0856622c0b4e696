// vrsky dlq against a real server and a real worker: what died is found, read, brought back and thrown away.

import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect, headers } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { dlqList, type ListOptions } from "../../cli/verbs/dlq/list.ts";
import { dlqPurge, type PurgeOptions } from "../../cli/verbs/dlq/purge.ts";
import { dlqRedrive, type RedriveOptions } from "../../cli/verbs/dlq/redrive.ts";
import { dlqShow, type ShowOptions } from "../../cli/verbs/dlq/show.ts";
import { historyVerb } from "../../cli/verbs/history.ts";
import { traceVerb } from "../../cli/verbs/trace.ts";
import * as address from "../../schema/address.ts";
import { header } from "../../schema/envelope.ts";
import { command } from "../rig/command.ts";
import { until } from "../rig/wait.ts";
import { type Watched, watched } from "../rig/watched.ts";

const texts = {
  "tenants/acme/orders.yaml": `integration: orders
source: { http: { path: /orders }, contract: { id: string, total: number, where: string }, message-id: "\${ body.id }" }
targets:
  crm:
    steps:
      - map:
          id: \${ body.id }
          share: '\${ orFail(body.total > 0 ? body.total : undefined, "no total") }'
          where: \${ body.where }
    http: { url: "\${ settings.receiver }/\${ body.where }" }
`,
  "tenants/acme/bills.yaml": `integration: bills
source: { http: { path: /bills }, contract: { id: string }, message-id: "\${ body.id }" }
targets: { ledger: { http: { url: "\${ settings.receiver }/ledger" }, retry: { attempts: 2 } } }
`,
};

const cli = (world: Watched) => ({
  list: (more: Partial<ListOptions> = {}) =>
    world.verb((io) =>
      dlqList(world.folder, { json: false, summary: false, limit: 50, ...world.cluster, ...more }, io),
    ),
  show: (id: string, more: Partial<ShowOptions> = {}) =>
    world.verb((io) => dlqShow(world.folder, id, { json: false, body: false, ...world.cluster, ...more }, io)),
  redrive: (ids: readonly string[], more: Partial<RedriveOptions> = {}) =>
    world.verb((io) => dlqRedrive(world.folder, ids, { json: false, ...world.cluster, ...more }, io)),
  purge: (ids: readonly string[], more: Partial<PurgeOptions> = {}) =>
    world.verb((io) => dlqPurge(world.folder, ids, { json: false, yes: false, ...world.cluster, ...more }, io)),
});

async function died(world: Watched, count: number): Promise<void> {
  await until(`${count} dead letters`, async () => {
    const { out } = await cli(world).list({ json: true, limit: 10_000 });
    return JSON.parse(out).letters.length === count;
  });
}

async function idsOf(world: Watched, more: Partial<ListOptions>): Promise<readonly string[]> {
  const { code, out } = await cli(world).list({ json: true, ...more });
  expect(code).toBe(0);
  return JSON.parse(out).letters.map(({ id }: { readonly id: string }) => id);
}

const order = (id: string, where: string, total = 5) => ({ id, total, where });

test("found by what one knows of them, read on a page, and byte by byte", async () => {
  await using world = await watched(texts);
  const { list, show } = cli(world);
  world.answers.set("/bad", () => 400);
  world.answers.set("/ledger", () => 503);
  world.answers.set("/lost", () => 404);
  const began = Date.now();
  expect(await world.post("/acme/orders", order("o1", "bad"))).toBe(202);
  expect(await world.post("/acme/orders", order("o2", "bad"))).toBe(202);
  expect(await world.post("/acme/orders", order("x3", "crm", 0), { "x-shop": "north" })).toBe(202);
  expect(await world.post("/acme/orders", order("x4", "lost"))).toBe(202);
  expect(await world.post("/acme/bills", { id: "b1" })).toBe(202);
  await died(world, 5);

  expect(await idsOf(world, { integration: "bills" })).toEqual(["b1"]);
  expect([...(await idsOf(world, { target: "crm" }))].sort()).toEqual(["o1", "o2", "x3", "x4"]);
  expect(await idsOf(world, { class: "invalid" })).toEqual(["x3"]);
  expect(await idsOf(world, { class: "not-found" })).toEqual(["x4"]);
  expect([...(await idsOf(world, { id: "o" }))].sort()).toEqual(["o1", "o2"]);
  expect(await idsOf(world, { error: "NO TOTAL" })).toEqual(["x3"]);
  expect(await idsOf(world, { since: began })).toHaveLength(5);
  expect(await idsOf(world, { since: Date.now() + 60_000 })).toEqual([]);
  expect(await idsOf(world, { until: began - 60_000 })).toEqual([]);
  const { letters } = JSON.parse((await list({ json: true })).out);
  expect(await idsOf(world, { bundle: letters[0].bundle.slice(0, 10), integration: "orders" })).toHaveLength(4);
  expect(await idsOf(world, { bundle: "0000" })).toEqual([]);

  const first = await list({ limit: 2 });
  expect(first.out.split("\n")[0]).toMatch(/^ *SEQ {2}STORED +WHERE +ID +CLASS +TRIES {2}ERROR$/);
  expect(first.out.trim().split("\n")).toHaveLength(3);
  const next = /--after (\d+)/.exec(first.err)?.[1];
  expect(await idsOf(world, { after: Number(next) })).toHaveLength(3);
  expect((await list({ tenant: "nobody" })).code).toBe(1);

  const summary = JSON.parse((await list({ summary: true, json: true })).out);
  expect(summary).toMatchObject({
    total: 5,
    groups: [{ count: 2, integration: "orders", class: "rejected" }, {}, {}, {}],
  });
  expect((await list({ summary: true })).err).toBe("5 dead letters in 4 groups\n");

  const page = await show("x3");
  expect(page.out).toContain("x3  acme/orders → crm");
  expect(page.out).toContain("no total");
  expect(page.out).toMatch(/at tenants\/acme\/orders\.yaml:8:\d+ /);
  expect(page.out).toContain("    x-shop: north");
  expect(page.out).toContain('    {\n      "id": "x3",\n      "total": 0,');
  const chunks: (string | Uint8Array)[] = [];
  await world.verb((io) =>
    dlqShow(
      world.folder,
      "x3",
      { json: false, body: true, ...world.cluster },
      { ...io, out: (data) => void chunks.push(data) },
    ),
  );
  expect(chunks).toEqual([Buffer.from(JSON.stringify(order("x3", "crm", 0)))]);
  expect(JSON.parse((await show("b1", { json: true })).out).letters).toMatchObject([
    { tenant: "acme", integration: "bills", body: '{"id":"b1"}', letter: { attempts: 2 } },
  ]);
  expect(await show("nobody")).toMatchObject({ code: 1, out: "" });
});

test("redriven it is delivered, and the record says who did it; what was done is not done again", async () => {
  await using world = await watched(texts);
  const { list, redrive, show } = cli(world);
  let status = 400;
  world.answers.set("/bad", () => status);
  for (const id of ["o1", "o2", "o3"]) await world.post("/acme/orders", order(id, "bad"));
  await died(world, 3);
  const before = world.received.length;

  expect(await redrive([])).toMatchObject({ code: 64 });
  expect(await redrive(["nobody"])).toMatchObject({ code: 1 });
  const dry = await redrive(["o1", "nobody"], { dryRun: true });
  expect(dry).toMatchObject({ code: 1, out: "would be redriven  acme/orders → crm  o1  attempt 2\n" });

  // It dies again, with its history.
  expect(await redrive(["o1"])).toMatchObject({
    code: 0,
    out: "redriven  acme/orders → crm  o1  attempt 2\n",
    err: "1 of 1 dead letter redriven\n",
  });
  await until("it died again", async () => (await show("o1")).out.includes("redriven"));
  expect((await show("o1")).out).toMatch(/ {2}redriven\n {4}1\. \S+ by .+, after 1 attempt: rejected: /);
  expect(world.received.length).toBe(before + 1);
  expect(JSON.parse((await list({ json: true, id: "o1" })).out).letters).toMatchObject([{ redriven: 1, attempts: 2 }]);

  status = 200;
  const all = await redrive([], { all: true, target: "crm", json: true, rate: 200 });
  expect(all.code).toBe(0);
  expect(JSON.parse(all.out)).toMatchObject({ redriven: 3, refused: 0, of: 3 });
  await until("all are delivered", () => world.received.length === before + 4);
  expect(await idsOf(world, {})).toEqual([]);
  expect(await redrive([], { all: true })).toMatchObject({ code: 0, err: "0 of 0 dead letters redriven\n" });

  const trace = await world.verb((io) =>
    traceVerb(world.folder, "o1", { json: false, preview: 0, payload: false, ...world.cluster }, io),
  );
  expect(trace.out).toMatch(/crm +delivered at \S+; redriven 2 times, last by .+ at /);

  const audit = await world.verb((io) => historyVerb(world.folder, { json: true, audit: true, ...world.cluster }, io));
  const records = JSON.parse(audit.out).audit.filter(({ what }: { what: string }) => what.startsWith("redriv"));
  expect(records).toMatchObject([
    { what: "redrive-started", detail: { letters: 1, named: ["acme/orders/crm o1"] } },
    { what: "redriven", detail: { redriven: 1, of: 1 } },
    { what: "redrive-started", detail: { letters: 3, target: "crm" } },
    { what: "redriven", detail: { redriven: 3 } },
  ]);
  expect(audit.out).not.toContain("total");
});

test("a patch must fit the contract of what will run it; then it goes, and its letter tells", async () => {
  await using world = await watched(texts);
  const { redrive, show } = cli(world);
  for (const id of ["o1", "o2"]) await world.post("/acme/orders", order(id, "crm", 0));
  await died(world, 2);
  const file = async (name: string, text: string): Promise<string> => {
    const path = join(world.folder, name);
    await writeFile(path, text);
    return path;
  };
  const misfit = await redrive([], { all: true, patch: await file("misfit.json", '{ "total": "much" }') });
  expect(misfit.code).toBe(1);
  expect(misfit.err).toMatch(/o1: the new body does not fit: \/total /);
  expect(misfit.err).toContain("nothing was changed");
  expect(await redrive(["o1"], { patch: await file("broken.json", "{") })).toMatchObject({ code: 1 });
  expect(await redrive([], { all: true, body: await file("body.json", "{}") })).toMatchObject({ code: 64 });
  expect(await idsOf(world, {})).toHaveLength(2);

  world.answers.set("/elsewhere", () => 422);
  const patch = await file("patch.json", '{ "total": 7, "where": "elsewhere" }');
  expect(await redrive(["o1"], { patch })).toMatchObject({ code: 0 });
  await until("it died of something else", async () => (await show("o1")).out.includes("with another body"));
  expect((await show("o1")).out).toContain('"where": "elsewhere"');
  const body = await file("whole.json", `${JSON.stringify(order("o2", "crm", 9))}\n`);
  expect(await redrive(["o2"], { body })).toMatchObject({ code: 0 });
  await until("it is delivered", () => world.received.some(({ path }) => path === "/crm"));
  expect(world.received.find(({ path }) => path === "/crm")?.body).toMatchObject({ id: "o2", share: 9 });
});

test("what is gone from the workspace is refused, and a worker's login may not do it", async () => {
  await using world = await watched(texts);
  const { redrive } = cli(world);
  await world.admin.request("dlq.orders.mail.0123456789abcdef", "{}");
  await world.admin.request("dlq.nobody.crm.0123456789abcdef", "{}");
  const damaged = await redrive([], { all: true });
  expect(damaged.code).toBe(3);
  expect(damaged.out.match(/refused/g)).toHaveLength(2);
  world.answers.set("/bad", () => 400);
  await world.post("/acme/orders", order("o1", "bad"));
  await died(world, 3);
  const [entry] = JSON.parse((await cli(world).show("o1", { json: true })).out).letters;
  for (const [integration, target, reason] of [
    ["orders", "mail", "orders has no target mail any more; it has crm"],
    ["nobody", "crm", "nobody is not deployed"],
  ] as const) {
    const { headers: fields } = await world.admin.request(`$JS.API.DIRECT.GET.DLQ.dlq.orders.crm.${entry.idHash}`);
    if (fields === undefined) throw new Error("it is gone");
    for (const name of fields.keys().filter((each) => /^nats-/i.test(each))) fields.delete(name);
    await world.admin.request(`dlq.${integration}.${target}.${entry.idHash}`, "{}", {
      headers: fields,
      timeout: 5_000,
    });
    const refused = await redrive([], { all: true, integration, target });
    expect(refused).toMatchObject({ code: 3 });
    expect(refused.out).toContain(reason);
  }
  const worker = await world.verb((io) =>
    dlqRedrive(world.folder, ["o1"], { json: false, nats: world.cluster.nats, creds: world.workerCreds }, io),
  );
  expect([77, 64]).toContain(worker.code);
  const { user, password } = JSON.parse(world.nats.workers()).acme;
  const connection = await connect({ servers: world.nats.url, user, pass: password });
  await expect(
    connection.request("$JS.API.STREAM.MSG.DELETE.DLQ", JSON.stringify({ seq: 1 }), { timeout: 1_000 }),
  ).rejects.toThrow();
  await connection.close();
});

test("a thousand, in parts, until somebody says stop, and at a rate", async () => {
  await using world = await watched(texts);
  const { redrive } = cli(world);
  world.answers.set("/bad", () => 400);
  await world.post("/acme/orders", order("o1", "bad"));
  await died(world, 1);
  const [entry] = JSON.parse((await cli(world).show("o1", { json: true })).out).letters;
  for (let index = 0; index < 1_000; index += 1) {
    const letter = { ...entry.letter, id: `t${index}` };
    const fields = headers();
    fields.set(header.id, letter.id);
    fields.set(header.envelope, JSON.stringify({ source: "http" }));
    fields.set(header.dead, JSON.stringify(letter));
    const subject = address.deadSubject("orders", "crm", address.idHash(letter.id));
    world.admin.publish(subject, JSON.stringify(order(letter.id, "crm")), { headers: fields });
  }
  await died(world, 1_001);
  const part = await redrive([], { all: true, id: "t", limit: 300, json: true });
  expect(JSON.parse(part.out)).toMatchObject({ redriven: 300, of: 300 });
  const stopped = await interrupted(world, ["--all", "--id", "t", "--rate", "50/s"], () => fewerLetters(world, 700));
  expect(stopped.code).toBe(130);
  const done = Number(/^stopped: (\d+) of 700 dead letters redriven\n$/.exec(stopped.err)?.[1]);
  expect(done).toBeGreaterThan(0);
  expect(done).toBeLessThan(700);
  const rest = await redrive([], { all: true, id: "t", rate: 1_000, json: true });
  expect(JSON.parse(rest.out)).toMatchObject({ redriven: 700 - done, of: 700 - done });
  const delivered = await until("all are delivered", () => {
    const taken = world.received.filter(({ path }) => path === "/crm");
    return taken.length >= 1_000 && taken;
  });
  expect(new Set(delivered.map(({ body }) => JSON.stringify(body))).size).toBe(1_000);
  expect(delivered).toHaveLength(1_000);
  expect(await idsOf(world, {})).toEqual(["o1"]);
});

/** There are fewer now. */
async function fewerLetters(world: Watched, than: number): Promise<boolean> {
  const info = await world.admin.request("$JS.API.STREAM.INFO.DLQ", "", { timeout: 5_000 });
  return info.json<{ readonly state: { readonly messages: number } }>().state.messages < than;
}

/** The true command, sent Ctrl-C when it has begun. */
async function interrupted(world: Watched, flags: readonly string[], begun: () => Promise<boolean>) {
  const { nats, creds } = world.cluster;
  const child = spawn(
    process.execPath,
    [...command, "dlq", "redrive", world.folder, "--nats", nats, "--creds", creds, ...flags],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let err = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  await until("it has begun", begun);
  child.kill("SIGINT");
  return { code: await ended, err };
}

test("purged are those that were there, after a yes", async () => {
  await using world = await watched(texts);
  const { purge, list } = cli(world);
  world.answers.set("/bad", () => 400);
  for (const id of ["o1", "o2", "o3"]) await world.post("/acme/orders", order(id, "bad"));
  await died(world, 3);
  expect(await purge([])).toMatchObject({ code: 64 });
  const refused = await purge(["o1"]);
  expect(refused.code).toBe(3);
  expect(refused.err).toContain("1 dead letter would be lost for good; nothing was purged");
  const asked: string[] = [];
  const answering = (answer: boolean, before = async (): Promise<void> => undefined) =>
    world.verb((io) =>
      dlqPurge(
        world.folder,
        [],
        { json: false, yes: false, integration: "orders", ...world.cluster },
        {
          ...io,
          confirm: async (question) => {
            asked.push(question);
            await before();
            return answer;
          },
        },
      ),
    );
  expect(await answering(false)).toMatchObject({ code: 3, err: "Nothing was purged.\n" });
  expect(await idsOf(world, {})).toHaveLength(3);
  // One more dies while somebody thinks about it.
  const purged = await answering(true, async () => {
    await world.post("/acme/orders", order("o4", "bad"));
    await died(world, 4);
  });
  expect(asked[1]).toBe("3 dead letters would be lost for good: acme/orders → crm. Type yes to purge: ");
  expect(purged).toMatchObject({ code: 0, err: "3 of 3 dead letters purged\n" });
  expect(await idsOf(world, {})).toEqual(["o4"]);
  expect(await purge(["o4", "o1"], { yes: true, json: true })).toMatchObject({ code: 1 });
  expect((await list({ json: true })).out).toBe('{\n  "letters": []\n}\n');
});

test("what lies beside a letter is told, written out, goes along when it is redriven, and away when it is purged", async () => {
  await using world = await watched({
    "tenants/acme/films.yaml": `integration: films
source: { http: { path: /films, format: blob } }
targets: { shelf: { http: { url: "\${ settings.receiver }/shelf", format: blob } } }
`,
    "tenants/acme/lists.yaml": `integration: lists
source: { http: { path: /lists }, contract: { id: string, lines: [string] }, message-id: "\${ body.id }" }
targets: { shelf: { http: { url: "\${ settings.receiver }/shelf" } } }
`,
  });
  const { show, redrive, purge } = cli(world);
  let status = 400;
  world.answers.set("/shelf", () => status);
  const film = { frames: Array.from({ length: 60_000 }, (_, n) => `frame ${n}`) };
  const list = (id: string) => ({ id, lines: film.frames });
  const named = { "content-disposition": 'attachment; filename="film.json"', "idempotency-key": "film" };
  expect(await world.post("/acme/films", film, named)).toBe(202);
  for (const id of ["l1", "l2"]) expect(await world.post("/acme/lists", list(id))).toBe(202);
  await died(world, 3);
  const chunks = async (): Promise<number> => {
    const filter = JSON.stringify({ subjects_filter: "dlqc.>" });
    const info = (await world.admin.request("$JS.API.STREAM.INFO.DLQ", filter)).json<{
      state: { subjects?: Record<string, number> };
    }>();
    return Object.values(info.state.subjects ?? {}).reduce((sum, count) => sum + count, 0);
  };
  expect(await chunks()).toBe(6);

  const size = JSON.stringify(film).length;
  const page = (await show("film")).out;
  expect(page).toMatch(/ {2}content +\S+ bytes, in 2 chunks {2}--content writes it\n +sha256 [0-9a-f]{64}\n/);
  expect(page).toContain('"name": "film.json"');
  expect(JSON.parse((await show("film", { json: true })).out).letters).toMatchObject([
    { content: { role: "blob", size } },
  ]);
  const bytesOf = async (id: string, more: Partial<ShowOptions>): Promise<string> => {
    const written: Uint8Array[] = [];
    const options = { json: false, body: false, ...world.cluster, ...more };
    await world.verb((io) =>
      dlqShow(world.folder, id, options, { ...io, out: (data) => void written.push(Buffer.from(data)) }),
    );
    return Buffer.concat(written).toString();
  };
  expect(JSON.parse(await bytesOf("film", { content: true }))).toEqual(film);
  expect((await show("l1")).out).toMatch(
    / {2}body +\S+ bytes, in 2 chunks {2}shown below\n[\s\S]* {2}body {2}\S+ bytes\n/,
  );
  expect(JSON.parse(await bytesOf("l1", { body: true }))).toEqual(list("l1"));

  status = 200;
  expect((await redrive(["film"])).code).toBe(0);
  const patch = { lines: [...film.frames, "the end"] };
  const file = join(world.folder, "patch.json");
  await writeFile(file, JSON.stringify(patch));
  expect((await redrive(["l1"], { patch: file })).code).toBe(0);
  const got = () => world.received.slice(3);
  await until("both are delivered", () => got().length === 2);
  expect(got().map(({ body }) => body)).toEqual(expect.arrayContaining([film, { id: "l1", ...patch }]));
  expect(await chunks()).toBe(2);
  expect((await purge(["l2"], { yes: true })).code).toBe(0);
  expect(await chunks()).toBe(0);
});

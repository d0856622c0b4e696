// The files of examples/language/, all of them running at once in one worker: what each says, it does, against a real
// PostgreSQL, SFTP, S3, mail and HTTP on loopback.

import { createHash, createHmac, randomBytes } from "node:crypto";
import { access, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { headers } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { declaredSubject, idHash } from "../../schema/address.ts";
import type { Json } from "../../schema/json.ts";
import { openWorld, secrets, type World } from "../rig/language.ts";
import { until } from "../rig/wait.ts";

let world: World;
const heard: { readonly subject: string; readonly body: Json }[] = [];
beforeAll(async () => {
  world = await openWorld();
  const ears = world.stage.connection("acme");
  for (const subject of ["crm.contacts.*", "orders.*", "customers.*"]) {
    ears.subscribe(subject, {
      callback: (_error, message) => void heard.push({ subject: message.subject, body: message.json() }),
    });
  }
  await ears.flush();
});
afterAll(() => world?.[Symbol.asyncDispose]());

const on = (subject: string): readonly Json[] =>
  heard.filter((each) => each.subject === subject).map(({ body }) => body);

async function post(path: string, body: string, more: Readonly<Record<string, string>> = {}) {
  const response = await fetch(`${world.stage.url}${path}`, {
    method: "POST",
    body,
    headers: { "content-type": "application/json", ...more },
  });
  return { status: response.status, text: await response.text() };
}

const rows = (database: string, sql: string) => world.postgres.query(sql, [], database);

/** As a careful sender does: it appears whole. */
async function drop(folder: string, path: string, bytes: string | Buffer): Promise<void> {
  const place = join(folder, path);
  await mkdir(dirname(place), { recursive: true });
  await writeFile(`${place}.part`, bytes);
  await rename(`${place}.part`, place);
}

test("01 GitHub → Slack", async () => {
  const body = JSON.stringify({
    ref: "refs/heads/main",
    deleted: false,
    pusher: { name: "ann" },
    repository: { full_name: "a/b" },
    head_commit: { message: "ship it" },
    commits: [{ message: "ship it" }],
  });
  const signature = `sha256=${createHmac("sha256", secrets.github_webhook).update(body).digest("hex")}`;
  const about = { "x-github-event": "push", "x-github-delivery": "d1", "x-hub-signature-256": signature };
  expect((await post("/github", body, about)).status).toBe(202);
  await until("Slack is told", () => world.asked("slack").length === 1);
  expect(world.asked("slack")[0]?.body).toEqual({
    text: "ann pushed to a/b: ship it",
    blocks: [{ type: "section", text: { type: "mrkdwn", text: "ship it" } }],
  });
});

const stripe = (event: object) => {
  const body = JSON.stringify(event);
  const at = Math.floor(Date.now() / 1000);
  const signature = createHmac("sha256", secrets.stripe_webhook).update(`${at}.${body}`).digest("hex");
  return post("/stripe", body, { "stripe-signature": `t=${at},v1=${signature}` });
};

test("02 Stripe → PostgreSQL and mail", async () => {
  const paid = {
    id: "cs_1",
    payment_intent: "pi_1",
    amount_total: 1250,
    customer_details: { email: "ann@example.com" },
  };
  const { status } = await stripe({ id: "e1", type: "checkout.session.completed", data: { object: paid } });
  expect(status).toBe(202);
  await until("the mail has come", () => world.mail.mails.length === 1);
  expect(world.mail.mails[0]).toMatchObject({ to: ["ann@example.com"], from: "shop@acme.com" });
  expect(world.mail.mails[0]?.parsed).toMatchObject({
    subject: "Your payment cs_1",
    text: "Thank you. We received 12.5.\n",
  });
  const payments = () => rows("dwh", "select * from payments");
  await until("the payment is there", async () => (await payments()).length === 1);
  const refund = { payment_intent: "pi_1", amount_refunded: 250 };
  await stripe({ id: "e2", type: "charge.refunded", data: { object: refund } });
  await stripe({ id: "e3", type: "invoice.paid", data: { object: { id: "in_1" } } });
  await until("it is refunded", async () => (await payments())[0]?.status === "refunded");
  expect(await payments()).toEqual([{ payment_id: "pi_1", status: "refunded", amount_cents: 250 }]);
});

test("03 CSV on SFTP → PostgreSQL, bad rows aside", async () => {
  await drop(world.sftp.root, "out/prices-1.csv", "sku,price,currency\na,1.5,NOK\nb,much,SEK\nc,2,EUR\n");
  await until("the rows are there", async () => (await rows("dwh", "select * from prices")).length === 2);
  expect(await rows("dwh", "select * from prices order by sku")).toEqual([
    { sku: "a", price: "1.50", currency: "NOK" },
    { sku: "c", price: "2.00", currency: "EUR" },
  ]);
  const rejects = () => readFile(join(world.stage.dataDir, "rejects/prices-1.csv.jsonl"), "utf8").catch(() => "");
  await until("the bad row is kept aside", async () => (await rejects()) !== "");
  expect(JSON.parse(await rejects())).toMatchObject({
    file: "prices-1.csv",
    line: 3,
    row: { sku: "b", price: "much" },
  });
  await until("the file is moved", () =>
    readFile(join(world.sftp.root, "done/prices-1.csv")).then(
      () => true,
      () => false,
    ),
  );
});

test("04 changes of a table → HTTP with OAuth2", async () => {
  const change = (sql: string) => rows("shop", sql);
  await change("insert into orders values (1, 7, 10.5), (2, 8, 20)");
  await change("update orders set total = 11 where id = 1");
  await change("delete from orders where id = 2");
  const asked = () => world.asked("erp").filter(({ url }) => url.startsWith("/erp/orders/"));
  const of = (id: number) => asked().filter(({ url }) => url === `/erp/orders/${id}`);
  await until("the ERP is in step", () => of(1).length === 2 && of(2).length === 2);
  expect(of(1).map(({ method, body }) => [method, body])).toEqual([
    ["PUT", { id: 1, customer_id: 7, total: 10.5 }],
    ["PUT", { id: 1, customer_id: 7, total: 11 }],
  ]);
  expect(of(2).map(({ method }) => method)).toEqual(["PUT", "DELETE"]);
  expect(world.asked("erp").filter(({ url }) => url === "/erp/token").length).toBe(1);
});

test("05 a poll, page by page → NATS", async () => {
  world.showContacts();
  await until("the contacts have come", () => heard.filter(({ subject }) => subject.startsWith("crm.")).length === 3);
  expect(
    on("crm.contacts.NO")
      .map((body) => (body as { readonly id: string }).id)
      .sort(),
  ).toEqual(["c1", "c3"]);
  expect(on("crm.contacts.SE")).toEqual([{ id: "c2", country: "SE", updatedAt: "2026-01-02T00:00:00Z" }]);
});

test("06 SOAP, answered in XML, routed", async () => {
  const order = (id: string, total: number) =>
    `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><PlaceOrder><OrderId>${id}</OrderId><Total>${total}</Total><Line><Sku>a</Sku><Qty>2</Qty></Line></PlaceOrder></s:Body></s:Envelope>`;
  const xml = { "content-type": "text/xml" };
  const { status, text } = await post("/soap/orders", order("o-1", 300_000), xml);
  expect(status).toBe(200);
  expect(text).toContain("<soap:Body><Ack><OrderId>o-1</OrderId></Ack></soap:Body>");
  await post("/soap/orders", order("o-2", 5_000), xml);
  await post("/soap/orders", order("o-3", 10), xml);
  await until("the desk is told", () => world.asked("desk").length === 1);
  expect(world.asked("desk")[0]?.body).toEqual({ title: "Order o-1", amount: 300_000 });
  await until("the others went on", () => on("orders.standard").length === 1 && on("orders.bulk").length === 1);
  expect(on("orders.bulk")).toEqual([{ id: "o-3", amount: 10, lines: [{ sku: "a", qty: 2 }] }]);
});

test("07 NATS → call with a cache → NATS", async () => {
  const order = (id: string, customerId: string) => ({ id, customerId, status: "paid", amount: 5, lines: [] });
  const publish = (body: Json) => world.stage.connection("acme").publish("orders.new", JSON.stringify(body));
  for (const [id, customer] of [
    ["o1", "known"],
    ["o2", "known"],
    ["o3", "nobody"],
  ] as const)
    publish(order(id, customer));
  await until("they are enriched", () => on("orders.enriched").length === 3);
  expect([...on("orders.enriched")].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))).toEqual([
    { ...order("o1", "known"), customerName: "Ann", tier: "gold" },
    { ...order("o2", "known"), customerName: "Ann", tier: "gold" },
    { ...order("o3", "nobody"), customerName: "unknown", tier: "none" },
  ]);
  expect(world.asked("crm").filter(({ url }) => url === "/crm/customers/known").length).toBe(1);
});

test("08 a stream → packed files in S3", async () => {
  const acme = world.stage.connection("acme");
  for (let i = 0; i < 100; i++) {
    const fields = headers();
    fields.set("Vrsky-Id", `click-${i}`);
    const click = JSON.stringify({ url: `/p/${i}`, at: "2026-01-01T00:00:00Z" });
    await acme.request(declaredSubject("clicks", idHash(`click-${i}`)), click, { headers: fields, timeout: 10_000 });
  }
  const keys = () => world.s3.requests.flatMap((each) => /^PUT (clicks\/.*\.jsonl\.gz)/.exec(each)?.[1] ?? []);
  const lines = async (): Promise<readonly string[]> => {
    const objects = await Promise.all([...new Set(keys())].map((key) => world.s3.bytes(key)));
    return objects.flatMap((bytes) =>
      bytes === undefined ? [] : gunzipSync(bytes).toString("utf8").trim().split("\n"),
    );
  };
  // This server shows objects while they are written.
  await until("all are there", () =>
    lines().then(
      (there) => new Set(there).size === 100,
      () => false,
    ),
  );
  expect((await lines()).length).toBe(100);
});

test("09 a caller waits for the answer", async () => {
  const { status, text } = await post("/quote", JSON.stringify({ sku: "a", qty: 2 }));
  expect([status, JSON.parse(text)]).toEqual([200, { sku: "a", amount: 12.5, currency: "NOK" }]);
});

test("10 two sources, one shape", async () => {
  await post("/leads/web", JSON.stringify({ leadId: "l1", email: "Ann@Example.com" }));
  await drop(world.stage.dataDir, "leads/new.csv", "Id,E-Mail\nl2,Bo@Example.com\n");
  const leads = () => world.asked("crm").filter(({ url }) => url === "/crm/leads");
  await until("both are there", () => leads().length === 2);
  expect(
    leads()
      .map(({ body }) => body)
      .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
  ).toEqual([
    { id: "l1", email: "ann@example.com", via: "web" },
    { id: "l2", email: "bo@example.com", via: "csv" },
  ]);
});

test("11 a large file → S3 as it is, and what it is → HTTP", async () => {
  const video = randomBytes(9 * 1024 * 1024 + 1);
  const sha256 = createHash("sha256").update(video).digest("hex");
  await drop(world.stage.dataDir, "video/intro.mp4", video);
  await until("the CMS is told", () => world.asked("cms").length === 1);
  expect(world.asked("cms")[0]).toMatchObject({
    url: "/cms/assets",
    body: { name: "intro.mp4", bytes: video.length, sha256 },
  });
  // This server shows objects while they are written.
  await until("it is there as a whole", async () =>
    world.s3.bytes("video/intro.mp4").then((there) => there?.equals(video)),
  );
  await until("the file is put away", () =>
    access(join(world.stage.dataDir, "done/intro.mp4")).then(
      () => true,
      () => false,
    ),
  );
}, 60_000);

test("12 a stream that another tenant reads", async () => {
  const order = (id: string, status: string) => ({
    id,
    customerId: "c1",
    status,
    amount: 12.5,
    lines: [{ sku: "a", qty: 1 }],
  });
  for (const each of [order("p1", "paid"), order("p2", "open")]) await post("/orders", JSON.stringify(each));
  await until("it is there", async () => (await rows("dwh", "select * from acme_orders")).length > 0);
  expect(await rows("dwh", "select * from acme_orders")).toEqual([{ ...order("p1", "paid"), amount: "12.5" }]);
});

test("13 settings of the context, on a schedule", async () => {
  const pings = () => world.asked("crm").filter(({ url }) => url === "/crm/ping");
  await until("a ping has come", () => pings().length > 0);
  expect(pings()[0]?.body).toEqual({ at: expect.stringMatching(/^20/), limit: 250_000 });
});

test("14 a fragment with parameters", async () => {
  const customer = (id: string, country?: string) =>
    JSON.stringify({ id, street: " Storgata 1 ", ...(country ? { country } : {}) });
  await post("/no", customer("n1"));
  await post("/se", customer("s1", "fi"));
  await until("both have come", () => on("customers.no").length === 1 && on("customers.se").length === 1);
  expect(on("customers.no")).toEqual([{ id: "n1", street: "Storgata 1", country: "NO" }]);
  expect(on("customers.se")).toEqual([{ id: "s1", street: "Storgata 1", country: "FI", source: "se" }]);
});

test("nothing of all this is dead", async () => {
  expect(await world.stage.deadLetters()).toBe(0);
});

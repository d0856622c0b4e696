// Webhook → convert → conditional routing → PostgreSQL and Slack in parallel: while the channel is away the table goes on.

import { postgresServer, superUser } from "../../test/rig/postgres.ts";
import type { Demo } from "../demo/demo.ts";
import { openStage } from "../demo/stage.ts";
import { slackServer } from "../servers/slack.ts";

interface Order {
  readonly id: string;
  readonly state: "draft" | "placed";
  readonly price: number;
}

const small: readonly Order[] = Array.from({ length: 20 }, (_, i) => ({
  id: `s-${i}`,
  state: "placed",
  price: 10 + i,
}));
const big: readonly Order[] = Array.from({ length: 3 }, (_, i) => ({
  id: `b-${i}`,
  state: "placed",
  price: 1_000 + i,
}));
const drafts: readonly Order[] = Array.from({ length: 4 }, (_, i) => ({ id: `d-${i}`, state: "draft", price: 5_000 }));

export const ordersRouted: Demo = {
  name: "orders-routed",
  title: "Webhook → convert → route → PostgreSQL and Slack",
  play: async ({ folder, io, check }) => {
    await using postgres = await postgresServer();
    await postgres.query("create table orders (id text primary key, customer text, total numeric(10,2), lines jsonb)");
    await using slack = await slackServer({ everyMs: 100 });
    await using stage = await openStage({
      workspace: new URL(".", import.meta.url).pathname,
      folder,
      settings: { dbPort: postgres.port },
      secrets: { db_password: superUser.password, slack_url: slack.url },
      io,
    });
    slack.away = true;
    const all = [...small, ...big, ...drafts];
    const statuses = await Promise.all(all.map((order) => post(`${stage.url}/orders`, xmlOf(order))));
    check(
      "orders get 202",
      statuses.every((status) => status === 202),
    );
    check("one that is none gets 422", (await post(`${stage.url}/orders`, "<Order><Id>x</Id></Order>")) === 422);
    const stored = () => stage.count("delivered", "table") >= small.length + big.length;
    check("the table has all of them while the channel is away", await stage.until(stored));
    check("and the channel nothing", slack.posted.length === 0);
    slack.away = false;
    check("then it has the big ones", await stage.until(() => stage.count("delivered", "channel") >= big.length));
    const rows = await postgres.query("select id, total::float8 as total, lines from orders order by id");
    const placed = [...big, ...small].sort((a, b) => (a.id < b.id ? -1 : 1));
    check("each row once, with what was computed", JSON.stringify(rows) === JSON.stringify(placed.map(rowOf)));
    const told = slack.posted.map(({ text }) => String(text)).sort();
    check(
      "each big one told once",
      told.join() === big.map(({ id, price }) => `A big order: ${id} of Ann, ${price}`).join(),
    );
    check("nothing is dead", (await stage.deadLetters()) === 0);
    return `${placed.length} orders in the table, ${big.length} of them in the channel once it was back, ${drafts.length} drafts dropped`;
  },
};

const rowOf = ({ id, price }: Order) => ({ id, total: price, lines: [{ qty: 2, sku: "a" }] });

const xmlOf = ({ id, state, price }: Order): string =>
  `<?xml version="1.0"?><Order><Id>${id}</Id><State>${state}</State><Customer> Ann </Customer>` +
  `<Line><Sku>a</Sku><Qty>2</Qty><Price>${price / 2}</Price></Line></Order>`;

async function post(url: string, body: string): Promise<number> {
  const response = await fetch(url, { method: "POST", body, headers: { "content-type": "application/xml" } });
  await response.arrayBuffer();
  return response.status;
}

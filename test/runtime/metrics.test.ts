// What a scrape says: counters of what happened, histograms, and gauges that are read from NATS with the worker's own
// rights; and that the page about them names exactly what there is.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createDistribution, familyText, histogramText, observe } from "../../runtime/exposition.ts";
import { remembered } from "../../runtime/figures.ts";
import { families } from "../../runtime/metrics-table.ts";
import { until } from "../rig/wait.ts";
import { watched } from "../rig/watched.ts";

const texts = {
  "tenants/acme/orders.yaml": `integration: orders
source: { http: { path: /orders }, contract: { id: string, where: string }, message-id: "\${ body.id }" }
targets: { crm: { http: { url: "\${ settings.receiver }/\${ body.where }" }, retry: { for: 7d, initial: 20h, max: 24h } } }
`,
};

test("a scrape of a real worker", async () => {
  await using world = await watched(texts);
  let release: (status: number) => void = () => undefined;
  const held = new Promise<number>((answer) => {
    release = answer;
  });
  world.answers.set("/slow", () => held);
  world.answers.set("/down", () => 503);
  for (const [id, where] of [
    ["a", "crm"],
    ["a", "crm"],
    ["b", "slow"],
    ["c", "slow"],
    ["d", "down"],
    ["e", "down"],
    ["f", "down"],
  ] as const) {
    expect(await world.post("/acme/orders", { id, where })).toBe(202);
  }
  expect(await world.post("/acme/orders", { id: 7 })).toBe(422);
  await until("both are in hand", () => world.received.filter(({ path }) => path === "/slow").length === 2);
  const scrape = async (): Promise<string> =>
    (await fetch(`http://127.0.0.1:${world.house().metricsPort}/metrics`)).text();
  const of = 'tenant="acme",integration="orders"';
  const text = await until("the ack is counted", async () => {
    const now = await scrape();
    // NATS is asked every few seconds, the worker each time: what was parked then may be in its hands for a moment more.
    const settled = ["lag", "in_flight"].every((name) => now.includes(`vrsky_${name}{${of},target="crm"} 2\n`));
    return settled && now.includes(`vrsky_parked{${of},target="crm"} 3\n`) && now;
  });
  for (const line of [
    `vrsky_accepted_total{${of},source="http",duplicate="false"} 6`,
    `vrsky_accepted_total{${of},source="http",duplicate="true"} 1`,
    `vrsky_refused_total{${of},source="http",class="invalid"} 1`,
    `vrsky_messages_total{${of},target="crm",outcome="delivered"} 1`,
    `vrsky_messages_total{${of},target="crm",outcome="dead"} 0`,
    `vrsky_in_flight{${of},target="crm"} 2`,
    `vrsky_steps_seconds_count{${of},target="crm"} 6`,
    `vrsky_delivery_seconds_count{${of},target="crm"} 4`,
    `vrsky_delivery_seconds_bucket{${of},target="crm",le="+Inf"} 4`,
    `vrsky_breaker_open{${of},target="crm"} 0`,
    `# TYPE vrsky_steps_seconds histogram`,
  ]) {
    expect(text.split("\n")).toContain(line);
  }
  expect(seriesIn(text, `vrsky_oldest_pending_seconds{${of},target="crm"}`)).toBeGreaterThan(0);
  expect(seriesIn(text, `vrsky_intake_bytes{${of}}`)).toBeGreaterThan(300);
  expect(seriesIn(text, `vrsky_intake_max_bytes{${of}}`)).toBeGreaterThan(1_000_000);
  expect(text).toContain("process_cpu_seconds_total");
  // Nothing of a message is in it.
  expect(text).not.toMatch(/slow|down|id="/);
  release(200);
});

const seriesIn = (text: string, series: string): number =>
  Number(
    text
      .split("\n")
      .find((line) => line.startsWith(`${series} `))
      ?.slice(series.length + 1),
  );

test("buckets are cumulative, and labels cannot break out", () => {
  const bounds = [1, 2];
  const distribution = createDistribution(bounds);
  for (const value of [0.5, 1, 1.5, 9]) observe(distribution, bounds, value);
  const family = { name: "t", type: "histogram", labels: ["a"], help: "A test." } as const;
  expect(histogramText(family, bounds, [{ labels: ["x"], distribution }])).toBe(
    `# HELP t A test.\n# TYPE t histogram\nt_bucket{a="x",le="1"} 2\nt_bucket{a="x",le="2"} 3\nt_bucket{a="x",le="+Inf"} 4\nt_sum{a="x"} 12\nt_count{a="x"} 4\n`,
  );
  expect(familyText({ ...family, type: "gauge" }, [{ labels: ['"\\\n'], value: 1 }])).toContain(
    String.raw`{a="\"\\\n"} 1`,
  );
});

test("NATS is asked once for many scrapes, and what is slow or fails gives what was known", async () => {
  let now = 0;
  const timers: (() => void)[] = [];
  const clock = {
    now: () => now,
    after: (_ms: number, run: () => void) => {
      timers.push(run);
      return () => void timers.splice(timers.indexOf(run), 1);
    },
  };
  let asked = 0;
  let answer = (): Promise<number> => Promise.resolve(asked);
  const read = remembered(
    clock,
    () => {
      asked += 1;
      return answer();
    },
    0,
  );
  expect(await Promise.all([read(), read()])).toEqual([1, 1]);
  expect(await read()).toBe(1);
  now = 6_000;
  expect(await read()).toBe(2);
  answer = () => Promise.reject(new Error("away"));
  now = 12_000;
  expect(await read()).toBe(2);
  answer = () => new Promise(() => undefined);
  now = 18_000;
  const late = read();
  for (const run of [...timers]) run();
  expect(await late).toBe(2);
});

test("docs/metrics.md has one row for each metric, in the same words", () => {
  const page = readFileSync(new URL("../../docs/metrics.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| `(vrsky_\w+)` \| (\w+) \| (.*?) \| (.*?) \|$/gm)].map(([, ...cells]) => cells);
  const wanted = Object.values(families).map(({ name, type, labels, help }) => [
    name,
    type,
    labels.map((label) => `\`${label}\``).join(" "),
    help,
  ]);
  expect(rows).toEqual(wanted);
});

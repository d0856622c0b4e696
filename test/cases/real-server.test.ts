// A double is never proof: the same cases, played over a real nats-server and the machine's clock, come to the same end
// for every message at every target.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type Case, readCases } from "../../cli/cases/case.ts";
import type { Happened } from "../../cli/cases/happened.ts";
import { type Playable, play, playOn } from "../../cli/cases/play.ts";
import { scriptsAtWork } from "../../cli/cases/scripts.ts";
import { valuesOf } from "../../cli/cases/values.ts";
import { canonical } from "../../schema/canonical.ts";
import { compileTexts } from "../rig/compile.ts";
import { natsServer } from "../rig/nats.ts";
import { realStage } from "../rig/real-stage.ts";

const scripts = scriptsAtWork();
afterAll(() => scripts.hosts.close());

/** Real time passes: cases that wait longer than this are for the simulated clock alone. */
const longest = 2_000;

/** What is the same on any clock. */
function essence({ sent, replies, refused, duplicates, dead, outcomes, flaws }: Happened) {
  const told = JSON.stringify({
    // Partitions of an ordered intake are handed out side by side, and meet in a list as they come.
    sent: sent
      .map(({ target, id, attempt, body, taken }) => {
        return { target, id, attempt, body: Array.isArray(body) ? [...body].sort(byText) : body, taken };
      })
      .sort(byText),
    outcomes: outcomes
      .map(({ target, id, attempt, outcome }) => ({ target, id, attempt, kind: outcome.kind }))
      .sort(byText),
    dead: dead.map(({ target, letter: { id, attempts, failure } }) => ({ target, id, attempts, failure })).sort(byText),
    replies,
    refused: refused.map(({ source, issues }) => ({ source, issues })),
    duplicates,
    flaws,
  });
  return JSON.parse(told.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, "a time"));
}

const byText = (a: unknown, b: unknown): number => (canonical(a) < canonical(b) ? -1 : 1);

async function compareAll(files: Readonly<Record<string, string>>): Promise<number> {
  const { emitted, tests, diagnostics } = compileTexts(files);
  if (emitted === undefined || tests === undefined) throw new Error(JSON.stringify(diagnostics, null, 2));
  await using nats = await natsServer({ syncAlways: false });
  const connection = await nats.connect();
  let compared = 0;
  for (const spec of tests.documents) {
    const coded = emitted.bundles.find(
      ({ bundle }) => bundle.integration === spec.name && bundle.tenant === spec.tenant,
    );
    const topology = emitted.topology.tenants.find(({ tenant }) => tenant === spec.tenant);
    if (coded === undefined || topology === undefined) throw new Error(`${spec.name} is not compiled`);
    for (const each of readCases(spec)) {
      const text = files;
      const file = (path: string): Uint8Array | undefined =>
        text[path] === undefined ? undefined : Buffer.from(text[path] ?? "");
      const given: Playable = { coded, topology, env: valuesOf(coded.bundle, each, tests), file, scripts };
      const simulated = await play(given, each);
      if (!isQuick(each, simulated)) continue;
      const real = await playOn(await realStage(connection, given), given, each);
      expect({ name: each.name, ...essence(real) }).toEqual({ name: each.name, ...essence(simulated) });
      compared += 1;
    }
  }
  return compared;
}

const isQuick = ({ given, at }: Case, { outcomes, sent }: Happened): boolean =>
  outcomes.every(({ began, durationMs }) => began + durationMs <= longest) &&
  sent.every((each) => each.at <= longest) &&
  given.every((message) => message.at === undefined || message.at - at <= longest);

const workspace = "workspace: w\nlanguage: 1\ncontexts: { dev: {} }\n";

/** Enough for more than one batch into the intake. */
const rows = ["id,qty", ...Array.from({ length: 40 }, (_, row) => `r${row % 30},${row}`), ""].join("\\n");

const specs = `integration: orders
source: { http: { path: /orders }, contract: { id: string, qty: integer, lines?: [{ sku: string }] }, message-id: "\${ body.id }" }
steps:
  - filter: \${ body.qty > 0 }
  - as: price
    call: { http: { url: "https://pricing.example.com" } }
    contract: { amount: number }
    on-error: { not-found: continue }
targets:
  out:
    steps: [{ map: { id: "\${ body.id }", price: "\${ vars.price?.amount ?? 0 }" } }]
    http: { url: "https://example.com/x" }
    retry: { for: 1m, initial: 20ms, max: 80ms }
  desk:
    when: \${ body.qty > 10 }
    http: { url: "https://example.com/desk" }
    retry: { attempts: 2, initial: 20ms, max: 40ms }
    on-error: { rejected: { to: [failed] }, unavailable: drop }
  failed: { http: { url: "https://example.com/failed" } }
---
integration: lines
source: { http: { path: /lines }, contract: { id: string, lines: [{ sku: string }] }, message-id: "\${ body.id }" }
order-by: \${ body.id }
steps: [{ split: "\${ body.lines }" }]
targets:
  out: { http: { url: "https://example.com/x" }, retry: { for: 1m, initial: 20ms, max: 40ms } }
---
integration: lists
source: { http: { path: /lists }, contract: { id: string }, message-id: "\${ body.id }" }
targets:
  lake: { file: { path: "l/\${ batch.id }.jsonl", format: jsonl }, batch: { count: 3, within: 300ms } }
---
integration: rows
source: { file: { path: "rows/*.csv", format: csv }, contract: { id: string, qty: integer }, message-id: "\${ body.id }" }
order-by: \${ body.id }
targets:
  out: { http: { url: "https://example.com/x" }, retry: { for: 1m, initial: 20ms, max: 40ms } }
---
integration: contacts
source:
  poll:
    every: 200ms
    http: { url: "https://example.com/c" }
    contract: { data: [{ id: string }] }
    items: \${ page.data }
  message-id: \${ body.id }
targets: { out: { http: { url: "https://example.com/x" }, retry: { for: 1m, initial: 20ms, max: 40ms } } }
---
integration: quote
source: { http: { path: /quote }, contract: { sku: string } }
steps:
  - as: price
    call: { http: { url: "https://pricing.example.com" } }
    contract: { amount: number }
reply: { status: 200, json: { amount: "\${ vars.price.amount }" } }
---
integration: pings
transport: ephemeral
source: { http: { path: /pings }, contract: { id: string, lines?: [{ sku: string }] } }
steps: [{ filter: "\${ body.id !== 'no' }" }]
targets:
  out: { http: { url: "https://example.com/x" }, retry: { attempts: 3, initial: 20ms, max: 40ms } }
  desk: { http: { url: "https://example.com/desk" }, on-error: { rejected: drop } }
---
tests: pings
cases:
  - { name: twice the same are two, given: [{ body: { id: a } }, { body: { id: a } }] }
  - { name: tried again and lost, given: { body: { id: a } }, answers: { out: [500, 429, ok], desk: 500 } }
  - { name: not again what may be there, given: { body: { id: a } }, answers: { out: unknown, desk: 400 } }
  - { name: filtered, given: { body: { id: no } } }
---
tests: orders
calls: { price: { amount: 3 } }
cases:
  - { name: all is well, given: { body: { id: a, qty: 11 } } }
  - { name: filtered, given: { body: { id: a, qty: 0 } } }
  - { name: refused, given: { body: { id: a, qty: x } } }
  - { name: known before, given: [{ body: { id: a, qty: 1 } }, { body: { id: a, qty: 1 } }] }
  - { name: nobody knows the price, given: { body: { id: a, qty: 1 } }, calls: { price: { error: not-found } } }
  - { name: the target comes back, given: { body: { id: a, qty: 1 } }, answers: { out: [500, unknown, 429, ok] } }
  - { name: refused by both, given: { body: { id: a, qty: 12 } }, answers: { out: 400, desk: 400 } }
  - { name: given up, given: { body: { id: a, qty: 12 } }, answers: { desk: 500 } }
  - name: many at once
    given: [{ body: { id: a, qty: 12 } }, { body: { id: b, qty: 12 } }, { body: { id: c, qty: 1 } }, { body: { id: d, qty: 1 } }]
    answers: { desk: 400 }
---
tests: lines
cases:
  - { name: in order, given: [{ body: { id: a, lines: [{ sku: x }, { sku: y }] } }, { body: { id: b, lines: [{ sku: z }] } }] }
  - { name: one line is refused, given: { body: { id: a, lines: [{ sku: x }, { sku: y }] } }, answers: { out: [400, ok] } }
  - { name: held at the head, given: { body: { id: a, lines: [{ sku: x }] } }, answers: { out: [500, 500, ok] } }
---
tests: lists
cases:
  - { name: a list and a rest, given: [{ body: { id: a } }, { body: { id: b } }, { body: { id: c } }, { body: { id: d } }] }
---
tests: rows
cases:
  - { name: many rows and some of them twice, given: { text: "${rows}" } }
---
tests: contacts
cases:
  - name: the same on two pages
    given: [{ page: { data: [{ id: a }, { id: b }] } }, { page: { data: [{ id: b }, { id: c }, { id: c }] } }]
---
tests: quote
cases:
  - { name: a price, given: { body: { sku: a } }, calls: { price: { amount: 5 } } }
  - { name: no price, given: { body: { sku: a } }, calls: { price: { error: rejected } } }
  - { name: the call comes back, given: [{ body: { sku: a } }, { body: { sku: b } }], calls: { price: [{ status: 503 }, { amount: 4 }] } }
`;

test("retries, dead letters, batches, order, calls and replies end on a real server as they do in memory", async () => {
  expect(await compareAll({ "vrsky.yaml": workspace, "tenants/acme/all.yaml": specs })).toBe(22);
});

function filesBelow(folder: string, below = ""): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.name.startsWith(".") || entry.name === "demo") continue;
    if (entry.isDirectory()) Object.assign(found, filesBelow(folder, path));
    else found[path] = readFileSync(join(folder, path), "utf8");
  }
  return found;
}

test("so do the cases of the examples", async () => {
  for (const folder of ["examples", "examples/language"]) {
    const own = Object.fromEntries(
      Object.entries(filesBelow(folder)).filter(([path]) => !/^[a-z-]+\/(?:.*\/)?vrsky|^language\//.test(path)),
    );
    const cases = Object.values(own).filter((text) => /^tests: /m.test(text)).length;
    if (cases > 0) expect(await compareAll(own)).toBeGreaterThan(0);
  }
});

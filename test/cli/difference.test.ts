// What two bundles make of one message, side by side: both compiled and run by the real walk, and every difference that
// leaves the house is told, where it is and what it is.

import { afterAll, expect, test } from "vitest";
import type { Answer as CaseAnswer } from "../../cli/cases/answers.ts";
import type { GivenAnswers } from "../../cli/difference/answers.ts";
import { createCollector } from "../../cli/difference/collect.ts";
import { compareOutputs } from "../../cli/difference/compare.ts";
import { openSide, type Replayed, type Side } from "../../cli/difference/side.ts";
import { detailText } from "../../control/difference-text.ts";
import { createScriptHost } from "../../runtime/script/host.ts";
import type { Difference } from "../../schema/difference.ts";
import type { JsonObject } from "../../schema/json.ts";
import { compileTexts } from "../rig/compile.ts";

const scripts = createScriptHost();
afterAll(() => scripts.close());

const files = {
  "scripts/twice.ts": "export default (message) => ({ id: message.body.id, twice: message.body.n * 2 });\n",
};

async function side(
  text: string,
  answers: GivenAnswers = new Map(),
  more: Readonly<Record<string, string>> = {},
): Promise<Side> {
  const { emitted, diagnostics } = compileTexts({
    "tenants/acme/flow.yaml": `integration: flow\n${text}`,
    ...files,
    ...more,
  });
  const [coded] = emitted?.bundles ?? [];
  if (coded === undefined) throw new Error(JSON.stringify(diagnostics, null, 2));
  const opened = await openSide(coded, { settings: {}, scripts, answers });
  if (typeof opened === "string") throw new Error(opened);
  return opened;
}

const message = (value: JsonObject, id = "m-1"): Replayed => ({
  value,
  envelope: {
    id,
    source: "http",
    receivedAt: "2026-01-01T00:00:00.000Z",
    contract: "",
    bundle: "",
    meta: { method: "POST" },
    headers: {},
    attempt: 1,
    sequence: 1,
    body: Buffer.from(JSON.stringify(value)),
  },
});

const source = (contract = "{ id: string, n: number, tags?: [string] }", more = "") =>
  `source: { http: { path: /flow }, contract: ${contract}${more} }\n`;
const out = "nats: { subject: flow.out }";

/** `target/item kind path from→to`, with the values. */
async function told(before: string, after: string, ...bodies: readonly JsonObject[]): Promise<readonly string[]> {
  return toldBy([await side(before), await side(after)], ...bodies);
}

async function toldBy(
  [old, fresh]: readonly [Side, Side],
  ...bodies: readonly JsonObject[]
): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const body of bodies) {
    const [was, is] = [await old.outputsOf(message(body)), await fresh.outputsOf(message(body))];
    const { differences, open } = compareOutputs(was, is, { values: true });
    for (const each of differences) lines.push(words(each));
    for (const { target, ask } of open) lines.push(`${target} open at ${ask}`);
  }
  return lines;
}

function words(difference: Difference): string {
  const { kind, ...more } = difference;
  const target = "target" in difference ? `${difference.target}${difference.item ?? ""} ` : "";
  const via = "via" in difference ? `after ${difference.via} ` : "";
  const value = (of: unknown): string =>
    typeof of === "object" && of !== null && "value" in of ? JSON.stringify(of.value) : String(of);
  const change =
    "from" in more || "to" in more
      ? ` ${value("from" in more ? more.from : "")}→${value("to" in more ? more.to : "")}`
      : "";
  const path = "path" in difference ? ` ${difference.path}` : "";
  const why =
    "message" in difference ? ` ${difference.message}` : "reason" in difference ? ` ${difference.reason}` : "";
  const place =
    "place" in difference && difference.place !== undefined
      ? ` at ${difference.place.line}:${difference.place.column}`
      : "";
  return `${target}${via}${kind}${path}${change}${why}${place}`;
}

test("fields of what is sent: changed, added, removed; body and settings, and who takes it", async () => {
  const before = `${source()}steps: [{ map: { id: "\${ body.id }", n: "\${ body.n }", old: 1 } }]\ntargets: { out: { ${out} } }\n`;
  const after = `${source()}steps: [{ map: { id: "\${ body.id }", n: "\${ body.n * 100 }", fresh: [1] } }]\ntargets: { out: { nats: { subject: "flow.\${ body.id }" } } }\n`;
  expect(await told(before, after, { id: "a", n: 2 })).toEqual([
    'out changed settings.subject "flow.out"→"flow.a"',
    "out changed body.n 2→200",
    "out removed body.old 1→",
    "out added body.fresh →[1]",
  ]);
  const elsewhere = before.replace(out, "http: { url: https://out.example.com }");
  expect((await told(before, elsewhere, { id: "a", n: 2 }))[0]).toBe('out changed connector "nats"→"http"');
});

test("who gets a message: filters, routes, targets that are new or gone", async () => {
  const before = `${source()}targets: { out: { when: "\${ body.n > 1 }", ${out} }, gone: { ${out} } }\n`;
  const after = `${source()}targets: { out: { when: "\${ body.n > 2 }", ${out} }, fresh: { ${out} } }\n`;
  expect(await told(before, after, { id: "a", n: 2 }, { id: "b", n: 3 }, { id: "c", n: 1 })).toEqual([
    "out gets-no-more when at 3:25",
    "fresh gets",
    "gone gets-no-more gone",
    "fresh gets",
    "gone gets-no-more gone",
    "fresh gets",
    "gone gets-no-more gone",
  ]);
  expect(await told(after, before, { id: "a", n: 2 })).toContain("out gets");
});

test("a new failure is told with its place; what an on-error sends on is followed", async () => {
  const flow = (subject: string, more = "") =>
    `${source()}targets:\n  out: { nats: { subject: "flow.\${ ${subject} }" }${more} }\n`;
  const safe = flow("body.id.replaceAll('.', '-')");
  const why = "a token of a subject holds no `.`, `*`, `>` or space at 4:27";
  expect(await told(safe, flow("body.id"), { id: "a.b", n: 1 })).toEqual([`out dies ${why}`]);
  expect(await told(flow("body.id"), safe, { id: "a.b", n: 1 })).toEqual(["out dies-no-more"]);
  expect(await told(safe, flow("body.id", ", on-error: drop"), { id: "a.b", n: 1 })).toEqual([
    "out gets-no-more on-error at 4:27",
  ]);
  const alarm = `  alarm: { steps: [{ map: { why: "\${ error?.class ?? 'none' }" } }], ${out} }\n`;
  const sending = (subject: string) => `${flow(subject, ", on-error: { to: alarm }")}${alarm}`;
  expect(await told(sending("body.id.replaceAll('.', '-')"), sending("body.id"), { id: "a.b", n: 1 })).toEqual([
    "out gets-no-more on-error at 4:27",
    "alarm after out gets",
  ]);
});

test("the door: what would be refused, which id and which order it would have", async () => {
  const before = `${source()}targets: { out: { ${out} } }\n`;
  const strict = `${source("{ id: string, n: integer }")}targets: { out: { ${out} } }\n`;
  expect(await told(before, strict, { id: "a", n: 1.5 }, { id: "a", n: 1 })).toEqual(["refused /n must be an integer"]);
  expect(await told(strict, before, { id: "a", n: 1.5 })).toEqual(["refused-no-more"]);
  const named = `${source(undefined, ', message-id: "${ body.id }"')}targets: { out: { ${out} } }\n`;
  expect(await told(before, named, { id: "a", n: 1 })).toEqual(['id null→"a"']);
  expect(await told(named, named.replace("body.id", "body.n"), { id: "a", n: 1 })).toEqual(['id "a"→"1"']);
  const order = (key: string) => `${source()}order-by: "\${ ${key} }"\ntargets: { out: { ${out} } }\n`;
  expect(await told(order("body.id"), order("body.n"), { id: "a", n: 1 }, { id: "7", n: 7 })).toEqual(['order "a"→1']);
  expect(await told(before, order("body.n"), { id: "a", n: 1 })).toEqual(["order →1"]);
});

test("items of a split, one by one; another number of them is told as such", async () => {
  const split = (steps: string) =>
    `${source()}steps:\n  - split: "\${ body.tags ?? [] }"\n${steps}targets: { out: { ${out} } }\n`;
  const before = split("");
  const after = split('  - filter: "${ body !== \'b\' }"\n  - map: { tag: "${ body.toUpperCase() }" }\n');
  expect(await told(before, after, { id: "a", n: 1, tags: ["a", "b"] })).toEqual([
    'out.0 changed body "a"→{"tag":"A"}',
    "out.1 gets-no-more filter at 5:13",
  ]);
  const fewer = before.replace("body.tags ?? []", "(body.tags ?? []).slice(0, 1)");
  expect(await told(before, fewer, { id: "a", n: 1, tags: ["a", "b"] })).toEqual([
    "out items 2→1",
    "out.1 gets-no-more absent",
  ]);
});

test("scripts run; calls are asked of nobody: their questions are compared, and what is beyond is not", async () => {
  const script = "steps: [{ name: twice, script: { file: scripts/twice.ts } }]\n";
  const before = `${source()}${script}targets: { out: { ${out} } }\n`;
  const mapped = `${source()}steps: [{ map: { id: "\${ body.id }", twice: "\${ body.n * 3 }" } }]\ntargets: { out: { ${out} } }\n`;
  expect(await told(before, mapped, { id: "a", n: 2 })).toEqual(["out changed body.twice 4→6"]);
  const call = (path: string) =>
    `${source()}steps: [{ as: customer, call: { http: { url: "https://crm.example.com/${path}" } } }]\ntargets: { out: { ${out} } }\n`;
  expect(await told(call("a"), call("a"), { id: "a", n: 2 })).toEqual(["out open at customer"]);
  expect(await told(call("${ body.id }"), call("x/${ body.id }"), { id: "a", n: 2 })).toEqual([
    'out changed settings.url "https://crm.example.com/a"→"https://crm.example.com/x/a"',
    "out open at customer",
  ]);
  expect(await told(call("a"), before, { id: "a", n: 2 })).toEqual(["out asks customer→", "out open at customer"]);
});

test("what a script throws is shown to whoever asked for values, and is the same difference whatever it says", async () => {
  const throwing = `export default (message) => { if (message.body.n > 1) throw new Error("no " + message.body.id); return message.body; };\n`;
  const flow = (steps: string) => `${source()}${steps}targets: { out: { ${out} } }\n`;
  const script = "steps: [{ name: strict, script: { file: scripts/strict.ts } }]\n";
  const sides = [await side(flow("")), await side(flow(script), new Map(), { "scripts/strict.ts": throwing })] as const;
  for (const values of [true, false]) {
    const collector = createCollector(() => undefined);
    for (const id of ["ann", "bob"]) {
      const [was, is] = [
        await sides[0].outputsOf(message({ id, n: 2 }, id)),
        await sides[1].outputsOf(message({ id, n: 2 }, id)),
      ];
      collector.add({ id, sequence: id === "ann" ? 1 : 2, at: "" }, compareOutputs(was, is, { values }));
    }
    const { groups } = collector.end({ batches: [], answered: [] });
    expect(groups).toHaveLength(1);
    expect(JSON.stringify(groups.map(({ difference }) => difference)).includes("no ann")).toBe(values);
    expect(groups.map((group) => detailText(group, true))).toEqual([expect.stringMatching(/^script `strict` failed/)]);
  }
});

test("on a page, what breaks a contract is named by names alone", () => {
  const told = (text: string) =>
    detailText(
      { difference: { kind: "dies", target: "out", class: "invalid", message: text }, count: 1, examples: [] },
      true,
    );
  expect(told("does not fit order@1: /lines/3/sku must be text; the body must be an object")).toBe(
    "does not fit order@1: /lines/*/sku must be text; the body must be an object",
  );
  expect(told("does not fit map@1: /by/ann@example.com must be a number; /by/Ann Lee must be a number")).toBe(
    "does not fit map@1: …; …",
  );
  expect(told("a segment of the path would be empty")).toBe("a segment of the path would be empty");
});

test("where somebody says what a call answers, both sides go on with it", async () => {
  const asking = (map: string) =>
    `${source()}steps:\n  - as: customer\n    call: { http: { url: "https://crm.example.com" } }\n    contract: { name: string }\n    on-error: { not-found: continue }\n  - map: { name: "\${ ${map} }" }\ntargets: { out: { ${out} } }\n`;
  const texts = [asking("vars.customer?.name ?? 'a guest'"), asking("vars.customer?.name.toUpperCase() ?? 'nobody'")];
  const sides = async (given: CaseAnswer): Promise<[Side, Side]> => {
    const answers = new Map([["customer", given]]);
    return [await side(texts[0] ?? "", answers), await side(texts[1] ?? "", answers)];
  };
  const body = { id: "a", n: 1 };
  expect(await toldBy(await sides({ kind: "ok", body: { name: "Ann" } }), body)).toEqual([
    'out changed body.name "Ann"→"ANN"',
  ]);
  expect(await toldBy(await sides({ kind: "error", class: "not-found" }), body)).toEqual([
    'out changed body.name "a guest"→"nobody"',
  ]);
  // It would come again: what becomes of it nobody knows.
  expect(await toldBy(await sides({ kind: "error", class: "unavailable" }), body)).toEqual(["out open at customer"]);
});

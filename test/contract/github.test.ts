// Messages that we did not write: GitHub's public webhook payloads, through contracts that were inferred from them and
// through contracts that a person wrote from the documentation. No payload is turned away, and what is declared
// comes out as it went in.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import { createInference } from "../../compiler/contract/infer.ts";
import { createLibrary } from "../../runtime/expression/library.ts";
import { loadProgram } from "../../runtime/program.ts";
import type { Json, JsonObject, JsonSchema } from "../../schema/json.ts";
import { compileTexts } from "../rig/compile.ts";
import { projector, validator } from "./run.ts";

interface Event {
  readonly name: string;
  readonly examples: readonly JsonObject[];
}

const events = createRequire(import.meta.url)(
  "@octokit/webhooks-examples/api.github.com/index.json",
) as readonly Event[];

const examplesOf = (name: string): readonly JsonObject[] => events.find((event) => event.name === name)?.examples ?? [];

function infer(samples: readonly Json[]): JsonSchema {
  const inference = createInference();
  for (const sample of samples) inference.add(sample);
  return inference.schema();
}

test("the payloads are there", () => {
  expect(events.length).toBeGreaterThan(50);
  expect(events.reduce((sum, { examples }) => sum + examples.length, 0)).toBeGreaterThan(300);
});

describe("a contract inferred from the payloads of an event", () => {
  test.each(events.map((event) => [event.name, event] as const))("%s: takes all of them, whole", (_, { examples }) => {
    const schema = infer(examples);
    const [check, project] = [validator(schema), projector(schema)];
    for (const payload of examples) {
      expect(check(payload)).toEqual([]);
      // Every field was seen, so every field is declared.
      expect(project(payload)).toEqual(payload);
    }
  });
});

const handWritten = ["push", "pull_request", "issues", "release", "ping"] as const;

const contractOf = (name: string): JsonSchema =>
  JSON.parse(readFileSync(new URL(`github/${name}.json`, import.meta.url), "utf8")) as JsonSchema;

/** What a broken sender might do, by the event whose contract forbids it. */
const mistakes: Readonly<Record<(typeof handWritten)[number], readonly ((payload: JsonObject) => JsonObject)[]>> = {
  push: [
    (payload) => ({ ...payload, ref: "main" }),
    (payload) => ({ ...payload, commits: null }),
    (payload) => ({ ...payload, after: "abc" }),
  ],
  pull_request: [
    (payload) => ({ ...payload, number: "7" }),
    ({ pull_request: _, ...payload }) => payload,
    (payload) => ({ ...payload, number: 0 }),
  ],
  issues: [(payload) => ({ ...payload, issue: {} }), (payload) => ({ ...payload, sender: "ann" })],
  release: [(payload) => ({ ...payload, action: "forgotten" }), (payload) => ({ ...payload, release: [] })],
  ping: [(payload) => ({ ...payload, zen: "" }), ({ hook: _, ...payload }) => payload],
};

describe.each(handWritten)("the hand-written contract of %s", (name) => {
  const check = validator(contractOf(name));
  const examples = examplesOf(name);

  test("takes every payload", () => {
    expect(examples.length).toBeGreaterThan(0);
    for (const payload of examples) expect(check(payload)).toEqual([]);
  });

  test("turns planted mistakes away, with their place", () => {
    for (const mistake of mistakes[name]) {
      const [issue] = check(mistake({ ...examples[0] }));
      expect(issue?.path).toMatch(/^\/\w+/);
    }
  });
});

/** Fields from all over the payload, and what they come to. */
const maps: Readonly<Record<string, { readonly map: string; readonly expected: (payload: never) => Json }>> = {
  push: {
    map: '{ where: "${ body.repository.full_name }", who: "${ body.pusher.name }", first: "${ body.commits.at(0)?.message ?? null }", files: "${ body.commits.flatMap(c => c.added ?? []).slice(0, 3) }" }',
    expected: (payload: {
      repository: { full_name: string };
      pusher: { name: string };
      commits: { message: string; added: string[] }[];
    }) => ({
      where: payload.repository.full_name,
      who: payload.pusher.name,
      first: payload.commits[0]?.message ?? null,
      files: payload.commits.flatMap((commit) => commit.added).slice(0, 3),
    }),
  },
  issues: {
    map: '{ title: "${ body.issue.title }", labels: "${ (body.issue.labels ?? []).map(l => l.name).join(\', \') }", open: "${ body.issue.state !== \'closed\' }", mail: "#${ body.issue.number } by ${ body.issue.user.login }" }',
    expected: (payload: {
      issue: { title: string; labels?: { name: string }[]; state: string; number: number; user: { login: string } };
    }) => ({
      title: payload.issue.title,
      labels: (payload.issue.labels ?? []).map((label) => label.name).join(", "),
      open: payload.issue.state !== "closed",
      mail: `#${payload.issue.number} by ${payload.issue.user.login}`,
    }),
  },
};

test.each(Object.keys(maps))("%s: an integration compiled against the contract maps every payload", async (name) => {
  const compiled = compileTexts({
    [`contracts/github-${name}@1.json`]: JSON.stringify(contractOf(name)),
    "tenants/acme/a.yaml": `integration: hook
source: { http: { path: /hook }, contract: github-${name}@1 }
steps: [{ map: ${maps[name]?.map} }]
targets: { out: { nats: { subject: out } } }
`,
  });
  expect(compiled.diagnostics).toEqual([]);
  const [bundle] = compiled.emitted?.bundles ?? [];
  if (bundle === undefined) throw new Error("nothing was compiled");
  const { code } = await loadProgram(bundle, { settings: {}, secrets: {} }, createLibrary);
  for (const payload of examplesOf(name)) {
    expect(code.sources.http?.check(payload)).toEqual([]);
    const meta = { id: "1", source: "http", receivedAt: "2026-01-01T00:00:00.000Z" };
    const walked = code.walk({ settings: {}, secrets: {}, headers: {}, meta, body: payload }, "out");
    expect(walked).toMatchObject({ kind: "deliver", body: maps[name]?.expected(payload as never) });
  }
});

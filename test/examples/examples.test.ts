// The examples themselves, on real parts: each file of cases/ names one, what is sent into it and all that must come
// out, on every branch.

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { type FlowCase, inOrder, play } from "../rig/flow.ts";

interface ExampleCase extends Omit<FlowCase, "workspace" | "folder"> {
  /** The spec, below examples/. */
  readonly example: string;
}

const examples = new URL("../../examples/", import.meta.url);
const folder = new URL("cases/", import.meta.url);
const names = readdirSync(folder).sort();
const cases = names.map((name) => [name, parse(readFileSync(new URL(name, folder), "utf8")) as ExampleCase] as const);

/** The spec with its tenant and all that it could name. */
function workspaceOf(example: string): Record<string, string> {
  const shared = ["contracts", "mails", "scripts"].flatMap((name) =>
    readdirSync(new URL(`${name}/`, examples)).map((file) => `${name}/${file}`),
  );
  const paths = ["vrsky.yaml", example.replace(/[^/]+$/, "tenant.yaml"), example, ...shared];
  return Object.fromEntries(paths.map((path) => [path, readFileSync(new URL(path, examples), "utf8")]));
}

for (const [name, given] of cases) {
  test(`${name}: ${given.title}`, async () => {
    const flow: FlowCase = {
      receiverAs: ["crmUrl", "chatUrl"],
      ...given,
      workspace: workspaceOf(given.example),
      folder: examples.pathname,
    };
    expect(await play(flow)).toEqual(inOrder(given.expect));
  });
}

test("each example of the shop has a case", () => {
  const specs = readdirSync(new URL("tenants/shop/", examples)).filter((name) => name !== "tenant.yaml");
  expect([...new Set(cases.map(([, { example }]) => example))].sort()).toEqual(
    specs.map((name) => `tenants/shop/${name}`).sort(),
  );
});

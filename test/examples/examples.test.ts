// The examples themselves, on real parts: each file of cases/ names one, what is sent into it and all that must come
// out, on every branch.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { type FlowCase, inOrder, play } from "../rig/flow.ts";

interface ExampleCase extends Omit<FlowCase, "workspace" | "folder"> {
  /** The spec, below examples/. */
  readonly example: string;
  /** Others that it works with. */
  readonly with?: readonly string[];
}

const examples = new URL("../../examples/", import.meta.url);
const folder = new URL("cases/", import.meta.url);
const names = readdirSync(folder).sort();
const cases = names.map((name) => [name, parse(readFileSync(new URL(name, folder), "utf8")) as ExampleCase] as const);

/** The spec with its tenant, if that says anything, and all that it could name. */
function workspaceOf({ example, with: others = [] }: ExampleCase): Record<string, string> {
  const shared = ["contracts", "mails", "scripts"].flatMap((name) =>
    readdirSync(new URL(`${name}/`, examples)).map((file) => `${name}/${file}`),
  );
  const specs = [example, ...others].flatMap((spec) => [spec, spec.replace(/[^/]+$/, "tenant.yaml")]);
  // A context of vrsky.yaml names the shop.
  const paths = [
    "vrsky.yaml",
    "tenants/shop/tenant.yaml",
    ...specs.filter((path) => existsSync(new URL(path, examples))),
    ...shared,
  ];
  return Object.fromEntries(paths.map((path) => [path, readFileSync(new URL(path, examples), "utf8")]));
}

for (const [name, given] of cases) {
  test(`${name}: ${given.title}`, async () => {
    const flow: FlowCase = {
      receiverAs: ["crmUrl", "chatUrl"],
      ...given,
      workspace: workspaceOf(given),
      folder: examples.pathname,
    };
    expect(await play(flow)).toEqual(inOrder(given.expect));
  });
}

test("each example of the shop, the market and the books has a case", () => {
  const specs = ["shop", "market", "books"].flatMap((tenant) =>
    readdirSync(new URL(`tenants/${tenant}/`, examples))
      .filter((name) => name.endsWith(".yaml"))
      .map((name) => `tenants/${tenant}/${name}`),
  );
  const played = cases.flatMap(([, { example, with: others = [] }]) => [example, ...others]);
  expect([...new Set(played)].sort()).toEqual(specs.filter((path) => !path.endsWith("/tenant.yaml")).sort());
});

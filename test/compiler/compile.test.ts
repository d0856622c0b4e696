// The compile line from text to findings and files.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compileTexts, places } from "../rig/compile.ts";

const orders = (rest: string): Record<string, string> => ({
  "tenants/acme/orders.yaml": `integration: orders
source:
  http: { path: /orders }
  contract: { id: string, email?: string, amount: number, status: paid | open }
${rest}`,
});

const target = 'targets: { out: { nats: { subject: "orders.out" } } }\n';

test("ten mistakes of one file are all found in one run, each at its place", () => {
  const text = readFileSync(new URL("ten-mistakes.txt", import.meta.url), "utf8");
  expect(places(compileTexts({ "tenants/acme/bad.yaml": text }))).toEqual([
    "VRS4004 6:13",
    "VRS1002 7:16",
    "VRS2002 8:5",
    "VRS4002 11:67",
    "VRS2005 12:19",
    "VRS5001 16:17",
    "VRS3002 20:14",
    "VRS4003 21:16",
    "VRS4002 22:32",
    "VRS2008 26:10",
    "VRS2009 31:1",
    "VRS2002 32:45",
  ]);
});

test("the same workspace gives the same bytes", () => {
  const once = compileTexts(orders(target));
  const again = compileTexts(orders(target));
  expect(once.diagnostics).toEqual([]);
  expect([...(once.emitted?.files ?? [])]).toEqual([...(again.emitted?.files ?? [])]);
});

test("a filter narrows what follows, and a missing value must be handled", () => {
  const wrong = `steps:\n  - map: { mail: "\${ body.email.trim() }" }\n${target}`;
  expect(places(compileTexts(orders(wrong)))).toEqual(["VRS4003 6:22"]);
  const right = `steps:\n  - filter: \${ exists(body.email) }\n  - map: { mail: "\${ body.email.trim() }" }\n${target}`;
  expect(places(compileTexts(orders(right)))).toEqual([]);
});

test("a map with a contract may neither lack nor add a field", () => {
  const steps = `steps:\n  - map:\n      idd: \${ body.id }\n    contract: { id: string }\n${target}`;
  expect(places(compileTexts(orders(steps)))).toContain("VRS4005 7:7");
  expect(places(compileTexts(orders(steps)))).toContain("VRS4006 6:5");
});

test("a secret may not stand in a payload", () => {
  const files = {
    ...orders('targets: { out: { http: { url: "https://example.com/x", json: { key: "${ secrets.token }" } } } }\n'),
    "tenants/acme/tenant.yaml": "tenant: acme\nsecrets: [token]\n",
  };
  expect(places(compileTexts(files)).some((place) => place.startsWith("VRS3008") || place.startsWith("VRS3007"))).toBe(
    true,
  );
});

test("message data may not choose the host of a URL", () => {
  const text = 'targets: { out: { http: { url: "https://${ body.id }/x", json: 1 } } }\n';
  expect(places(compileTexts(orders(text))).map((place) => place.slice(0, 7))).toContain("VRS3010");
});

test("secrets' values and user text are in no file; names are", () => {
  const files = {
    ...orders('targets: { out: { http: { url: "${ secrets.hook }", json: "${ body.id }" } } }\n'),
    "tenants/acme/tenant.yaml": "tenant: acme\nsecrets: [hook]\n",
  };
  const { emitted, diagnostics } = compileTexts(files);
  expect(diagnostics).toEqual([]);
  expect(emitted?.bundles[0]?.bundle.secrets).toEqual(["hook"]);
});

// Every field of `retry` and `limit` on its way from the text to the bundle: a target's own before the workspace's
// defaults before those of the language.

import { expect, test } from "vitest";
import { compileTexts } from "../rig/compile.ts";

test("retry and limit reach the bundle field by field", () => {
  const { emitted, diagnostics } = compileTexts({
    "vrsky.yaml": `workspace: w
language: 1
defaults: { retry: { for: 2h, max: 4m } }
contexts: { dev: {} }
`,
    "tenants/acme/a.yaml": `integration: orders
source: { http: { path: /in }, contract: { id: string } }
steps:
  - as: known
    call: { http: { url: "https://crm.example.com", timeout: 2s }, retry: { attempts: 3, initial: 100ms } }
    contract: { name: string }
targets:
  plain: { http: { url: "https://a.example.com" } }
  own:
    http: { url: "https://b.example.com", timeout: 10s }
    retry: { for: 30m, attempts: 7, initial: 3s, multiplier: 3 }
    limit: { rate: 600/m, concurrency: 8 }
`,
  });
  expect(diagnostics).toEqual([]);
  const bundle = emitted?.bundles[0]?.bundle;
  expect(bundle?.targets.plain?.retry).toEqual({ for: 7_200_000, initial: 1_000, max: 240_000, multiplier: 2 });
  expect(bundle?.targets.plain?.limit).toBeUndefined();
  expect(bundle?.targets.own?.retry).toEqual({
    for: 1_800_000,
    attempts: 7,
    initial: 3_000,
    max: 240_000,
    multiplier: 3,
  });
  expect(bundle?.targets.own?.limit).toEqual({ rate: { count: 600, perMs: 60_000 }, concurrency: 8 });
  const [asked] = Object.values(bundle?.asks ?? {});
  expect(asked).toMatchObject({ kind: "call", retry: { attempts: 3, initial: 100, max: 600_000, multiplier: 2 } });
});

import { test } from "vitest";
import { play } from "../../cli/cases/play.ts";
import { readCases } from "../../cli/cases/case.ts";
import { createScriptHosts } from "../../runtime/script/hosts.ts";
import { systemClock } from "../../runtime/clock.ts";
import { compileTexts } from "../rig/compile.ts";

test("try", async () => {
  const { emitted, diagnostics } = compileTexts({ "vrsky.yaml": "workspace: w\nlanguage: 1\ncontexts: { dev: {} }\n",
  "tenants/acme/a.yaml": `integration: orders
source: { http: { path: /orders }, contract: { id: string, qty: integer } }
steps:
  - filter: \${ body.qty > 0 }
  - map: { id: "\${ body.id }", twice: "\${ body.qty * 2 }" }
targets:
  out: { http: { url: https://example.com/x }, retry: { for: 24h } }
` });
  if (!emitted) throw new Error(JSON.stringify(diagnostics));
  const hosts = createScriptHosts(systemClock);
  const cases = [
    { name: "a", given: { body: { id: "1", qty: 2 } } },
    { name: "b", given: { body: { id: "1", qty: 0 } } },
    { name: "c", given: { body: { id: "1", qty: "x" } } },
    { name: "d", given: { body: { id: "1", qty: 2 } }, answers: { out: [500, "timeout", { status: 429, "retry-after": "60s"}, "ok"] } },
    { name: "e", given: { body: { id: "1", qty: 2 } }, answers: { out: 400 } },
    { name: "f", given: { body: { id: "1", qty: 2 } }, answers: { out: 500 } },
    { name: "g", given: [{ body: { id: "1", qty: 2 } },{ body: { id: "2", qty: 2 } },{ body: { id: "3", qty: 2 } },{ body: { id: "4", qty: 2 } }], answers: { out: 500 } },
  ];
  const spec = { value: { tests: "orders", cases } } as never;
  for (const one of readCases(spec)) {
    const began = performance.now();
    const h = await play({ coded: emitted.bundles[0]!, topology: emitted.topology.tenants[0]!, env: { settings: {}, secrets: {} }, file: () => undefined, scripts: { hosts, busy: () => undefined } }, one);
    console.log(one.name, (performance.now() - began).toFixed(1), JSON.stringify({ ...h, outcomes: h.outcomes.length, sent: h.sent.length < 6 ? h.sent : h.sent.length }, null, 0), h.outcomes.slice(0, 4).map((o) => `${o.attempt}@${o.began} ${o.outcome.kind}`).join(" "), "...", h.outcomes.at(-1)?.began);
  }
});

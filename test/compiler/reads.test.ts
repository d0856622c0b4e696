// What the expressions at a place read, as the bundle tells the runtime, which shows the values when one of them fails.

import { expect, test } from "vitest";
import { compileTexts } from "../rig/compile.ts";

const root = "workspace: w\nlanguage: 1\nsettings: { limit: number }\ndefaults: { settings: { limit: 3 } }\n";

function readsOf(steps: string): Record<string, readonly string[]> {
  const spec = `integration: a
source:
  http: { path: /a }
  contract: { id: string, note?: string, "unit price": number, lines: [{ sku: string, qty: integer }] }
steps:
${steps}
targets:
  out: { http: { url: "https://example.com/\${ body.id }", headers: { authorization: "\${ secrets.token }" } } }
`;
  const texts = {
    "vrsky.yaml": root,
    "tenants/acme/tenant.yaml": "tenant: acme\nsecrets: [token]\n",
    "tenants/acme/a.yaml": spec,
  };
  const { emitted, diagnostics } = compileTexts(texts);
  const bundle = emitted?.bundles.find(({ bundle: { integration } }) => integration === "a")?.bundle;
  if (bundle === undefined) throw new Error(JSON.stringify(diagnostics, null, 2));
  return Object.fromEntries(
    Object.entries(bundle.reads ?? {}).map(([place, paths]) => [
      bundle.places[Number(place)]?.path ?? "",
      paths.map((path) => path.join("|")),
    ]),
  );
}

test("members by constant keys are one path; of a list whose items are looked at, the list is read", () => {
  const reads = readsOf(`  - map:
      id: \${ body.id }
      first: \${ body.lines[0]?.sku ?? body["unit price"] > settings.limit }
      all: \${ body.lines.map(line => line.qty * body["unit price"]).length }
      note: '\${ body.note ?? headers["x-note"] ?? "none" } of \${ meta.id }'`);
  expect(reads).toEqual({
    "steps.0.map.id": ["body|id"],
    "steps.0.map.first": ["body|lines|0|sku", "body|unit price", "settings|limit"],
    "steps.0.map.all": ["body|lines", "body|unit price"],
    "steps.0.map.note": ["body|note", "headers|x-note", "meta|id"],
    "targets.out.http.url": ["body|id"],
  });
});

test("filters, splits and what is kept in vars are read like the rest; secrets never are", () => {
  const reads = readsOf(`  - filter: \${ body.lines.length > 0 }
  - as: order
    map: { id: "\${ body.id }" }
  - split: \${ body.lines }
  - when: \${ body.qty > 1 }
    map: { id: "\${ vars.order.id + body.sku }", sku: "\${ body.sku }", qty: "\${ body.qty }" }
  - map: { id: "\${ body.sku }" }`);
  expect(reads).toMatchObject({
    "steps.0.filter": ["body|lines|length"],
    "steps.2.split": ["body|lines"],
    "steps.3.when": ["body|qty"],
    "steps.3.map.id": ["vars|order|id", "body|sku"],
  });
  expect(JSON.stringify(reads)).not.toContain("secrets");
});

// Each kind of change to a workspace, and what is said of it: the table that docs/breaking.md promises. A change that
// breaks nobody says nothing.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type BreakingChange, breakingChanges } from "../../compiler/breaking/compare.ts";
import { categories, rules } from "../../compiler/breaking/rules.ts";
import { type Surface, surfaceOf } from "../../compiler/breaking/surface.ts";
import { resolve } from "../../compiler/compile.ts";
import { manifests } from "../../connectors/all.ts";
import { type Diagnostic, hasErrors } from "../../schema/diagnostic.ts";
import { filesOf } from "../rig/texts.ts";

type Files = Readonly<Record<string, string>>;

const before: Files = {
  "vrsky.yaml": "workspace: test\nlanguage: 1\n",
  "contracts/order@1.yaml": `type: object
required: [id, status, lines]
properties:
  id: { type: string }
  status: { enum: [paid, open] }
  note: { type: string }
  total: { type: number, minimum: 0 }
  lines:
    type: array
    items: { type: object, required: [sku], properties: { sku: { type: string }, qty: { type: number } } }
`,
  "contracts/old@1.yaml": "type: object\nproperties: { a: { type: string } }\n",
  "tenants/acme/a.yaml": `tenant: acme
secrets: [hook, other]
streams:
  orders: { contract: order@1, keep: 7d, export-to: [globex] }
---
integration: intake
source:
  http: { path: /orders, methods: [POST, PUT] }
  contract: order@1
  dedupe: 24h
targets:
  shared: { stream: orders }
---
integration: quotes
source:
  http: { path: /quotes, timeout: 5s, auth: { bearer: "\${ secrets.hook }" } }
  contract: { id: string, qty?: integer }
steps:
  - as: price
    call: { http: { url: https://pricing.example.com/price } }
    contract: { amount: number }
reply: { status: 200, json: { id: "\${ body.id }", amount: "\${ vars.price.amount }" } }
targets:
  log:
    steps: [{ map: { id: "\${ body.id }", kind: "quote" } }]
    contract: { id: string, kind: quote }
    nats: { subject: "quotes.\${ body.id }" }
`,
  "tenants/acme/c.yaml": `integration: feeds
sources:
  a: { http: { path: /a }, contract: any }
  b: { http: { path: /b }, contract: any }
targets: { out: { nats: { subject: feeds.out } } }
---
connections: { mail: { smtp: { host: mail.example.com } } }
---
integration: sales
source: { http: { path: /sales }, contract: any }
targets:
  boss: { smtp: { connection: mail, from: shop@example.com, to: boss@example.com, subject: Sale, text: A sale } }
  bus: { nats: { subject: sales.out, cloudevents: { type: com.example.sale } } }
  prices: { nats: { bucket: prices, key: all } }
`,
  "tenants/globex/a.yaml": `tenant: globex
---
integration: ledger
source: { stream: acme/orders }
targets: { out: { nats: { subject: ledger.out } } }
`,
};

function surface(files: Files): Surface {
  const found: Diagnostic[] = [];
  const { workspace, contracts, places } = resolve(
    {
      root: "/w",
      manifests,
      scripts: { transform: (code) => ({ code }) },
      files: filesOf("/w", () => new Map(Object.entries(files))),
    },
    (diagnostic) => void found.push(diagnostic),
  );
  if (workspace === undefined || hasErrors(found)) throw new Error(JSON.stringify(found.map(({ message }) => message)));
  return surfaceOf(workspace, contracts, places);
}

const was = surface(before);

/** Puts one text for another in a file of the workspace. */
function edited(file: string, from: string, to: string): Files {
  const text = before[file] ?? "";
  if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
  return { ...before, [file]: text.replace(from, to) };
}

const acme = "tenants/acme/a.yaml";
const sales = "tenants/acme/c.yaml";
const order = "contracts/order@1.yaml";

const told = ({ category, what, text, broken, place, before: old, witness }: BreakingChange): string => {
  const whom = [broken.outside ?? "", broken.integrations.join(","), broken.tenants.join(",")].join("/");
  const where = `${place === undefined ? "-" : `${place.file}:${place.line}`} ${old.file}:${old.line}`;
  return `${category} | ${what} | ${text} | ${whom} | ${where}${witness === undefined ? "" : ` | ${JSON.stringify(witness.message)} fits ${witness.fits}`}`;
};

const table: readonly (readonly [string, Files, readonly string[]])[] = [
  ["nothing", before, []],
  ["a description", edited(order, "id: { type: string }", "id: { type: string, description: x }"), []],
  [
    "another target, another integration",
    {
      ...before,
      "tenants/acme/b.yaml":
        "integration: more\nsource: { http: { path: /more }, contract: any }\ntargets: { a: { nats: { subject: more.a } }, b: { nats: { subject: more.b } } }\n",
    },
    [],
  ],
  ["an optional field more in what is read", edited(acme, "qty?: integer }", "qty?: integer, note?: string }"), []],
  ["a wider type in what is read", edited(acme, "qty?: integer }", "qty?: number }"), []],
  ["a field less in what is read", edited(acme, "{ id: string, qty?: integer }", "{ id: string }"), []],
  [
    "a field more in what is sent",
    edited(acme, "contract: { id: string, kind: quote }", "contract: { id: string, kind: quote, more?: string }"),
    [],
  ],
  ["a method more", edited(acme, "methods: [POST, PUT]", "methods: [POST, PUT, PATCH]"), []],
  [
    "a secret beside the old one",
    edited(acme, 'bearer: "${ secrets.hook }"', 'bearer: ["${ secrets.hook }", "${ secrets.other }"]'),
    [],
  ],
  [
    "a longer dedupe and retention",
    { ...before, [acme]: (before[acme] ?? "").replace("dedupe: 24h", "dedupe: 48h").replace("keep: 7d", "keep: 14d") },
    [],
  ],
  ["a rename that is declared", edited(acme, "integration: intake", "integration: orders\nmoved-from: intake"), []],
  [
    "a path that another integration took over",
    { ...before, [acme]: (before[acme] ?? "").replace("integration: intake", "integration: orders") },
    [],
  ],
  [
    "an integration is gone",
    { ...before, "tenants/globex/a.yaml": "tenant: globex\n" },
    ["integration-removed | integration globex/ledger | is gone | /globex/ledger/ | - tenants/globex/a.yaml:3"],
  ],
  [
    "a source is gone",
    edited(acme, "  http: { path: /orders, methods: [POST, PUT] }", "  nats: { subject: orders.in }"),
    [
      "source-moved | POST|PUT /acme/orders | http is now nats | whoever sends to it/acme/intake/ | tenants/acme/a.yaml:7 tenants/acme/a.yaml:7",
    ],
  ],
  [
    "a path has another name",
    edited(acme, "path: /orders", "path: /order"),
    [
      "source-moved | POST|PUT /acme/orders | /orders is now /order | whoever sends to it/acme/intake/ | tenants/acme/a.yaml:8 tenants/acme/a.yaml:8",
    ],
  ],
  [
    "a method less",
    edited(acme, "methods: [POST, PUT]", "methods: [POST]"),
    [
      "source-narrowed | POST|PUT /acme/orders | PUT is refused | whoever sends to it/acme/intake/ | tenants/acme/a.yaml:7 tenants/acme/a.yaml:7",
    ],
  ],
  [
    "another format",
    edited(acme, "methods: [POST, PUT]", "methods: [POST, PUT], format: xml"),
    [
      "source-narrowed | POST|PUT /acme/orders | format json is now xml | whoever sends to it/acme/intake/ | tenants/acme/a.yaml:8 tenants/acme/a.yaml:7",
    ],
  ],
  ["the format that it was, said", edited(acme, "methods: [POST, PUT]", "methods: [POST, PUT], format: json"), []],
  [
    "events only",
    edited(acme, "methods: [POST, PUT]", "methods: [POST, PUT], envelope: cloudevents"),
    [
      "source-narrowed | POST|PUT /acme/orders | format json is now cloudevents | whoever sends to it/acme/intake/ | tenants/acme/a.yaml:8 tenants/acme/a.yaml:7",
    ],
  ],
  [
    "a guard anew",
    edited(acme, "methods: [POST, PUT]", 'methods: [POST, PUT], auth: { bearer: "${ secrets.hook }" }'),
    [
      "source-guarded | POST|PUT /acme/orders | `auth` is asked for | whoever sends to it/acme/intake/ | tenants/acme/a.yaml:8 tenants/acme/a.yaml:7",
    ],
  ],
  [
    "another secret",
    edited(acme, 'bearer: "${ secrets.hook }"', 'bearer: "${ secrets.other }"'),
    [
      "source-guarded | POST /acme/quotes | `auth` is another | whoever sends to it/acme/quotes/ | tenants/acme/a.yaml:16 tenants/acme/a.yaml:16",
    ],
  ],
  [
    "a shorter dedupe",
    edited(acme, "dedupe: 24h", "dedupe: 1h"),
    [
      "dedupe-shortened | POST|PUT /acme/orders | dedupe 1d is now 1h | whoever sends to it/acme/intake/ | tenants/acme/a.yaml:7 tenants/acme/a.yaml:7",
    ],
  ],
  [
    "a field that was optional is required",
    edited(order, "required: [id, status, lines]", "required: [id, status, lines, note]"),
    [
      'field-required | contract order@1 | note: is required now | whoever sends to it/acme/intake,globex/ledger/globex | contracts/order@1.yaml:6 contracts/order@1.yaml:6 | {"id":"text","status":"paid","lines":[{"sku":"text"}]} fits before',
    ],
  ],
  [
    "a field more, required",
    edited(acme, "contract: { id: string, qty?: integer }", "contract: { id: string, qty?: integer, sku: string }"),
    [
      'field-required | POST /acme/quotes | sku: is new and required | whoever sends to it/acme/quotes/ | tenants/acme/a.yaml:17 tenants/acme/a.yaml:17 | {"id":"text"} fits before',
    ],
  ],
  [
    "a narrower type",
    edited(acme, "contract: { id: string, qty?: integer }", "contract: { id: integer, qty?: integer }"),
    [
      'type-changed | POST /acme/quotes | id: string is now integer | whoever sends to it/acme/quotes/ | tenants/acme/a.yaml:17 tenants/acme/a.yaml:17 | {"id":"text"} fits before',
    ],
  ],
  [
    "a value less, a value more",
    edited(order, "enum: [paid, open]", "enum: [paid, void]"),
    [
      'value-removed | contract order@1 | status: "open" is gone | whoever sends to it/acme/intake,globex/ledger/globex | contracts/order@1.yaml:5 contracts/order@1.yaml:5 | {"id":"text","status":"open","lines":[{"sku":"text"}]} fits before',
      'value-added | contract order@1 | status: "void" is a new value | /globex/ledger/globex | contracts/order@1.yaml:5 contracts/order@1.yaml:5 | {"id":"text","status":"void","lines":[{"sku":"text"}]} fits now',
    ],
  ],
  [
    "a bound",
    edited(order, "minimum: 0", "minimum: 10"),
    [
      'limit-changed | contract order@1 | total: minimum 0 is now 10 | whoever sends to it/acme/intake,globex/ledger/globex | contracts/order@1.yaml:7 contracts/order@1.yaml:7 | {"id":"text","status":"paid","lines":[{"sku":"text"}],"total":1} fits before',
    ],
  ],
  [
    "a pattern",
    edited(order, "id: { type: string }", 'id: { type: string, pattern: "^[a-z]+$" }'),
    [
      'text-changed | contract order@1 | id: pattern none is now ^[a-z]+$ | whoever sends to it/acme/intake,globex/ledger/globex | contracts/order@1.yaml:4 contracts/order@1.yaml:4 | {"id":"A","status":"paid","lines":[{"sku":"text"}]} fits before',
    ],
  ],
  [
    "nothing undeclared any more",
    edited(order, "type: object\nrequired", "type: object\nadditionalProperties: false\nrequired"),
    [
      "field-refused | contract order@1 | the message: nothing undeclared is taken any more | whoever sends to it/acme/intake/ | tenants/acme/a.yaml:9 tenants/acme/a.yaml:9",
    ],
  ],
  [
    "a field of what is shared is gone",
    edited(order, "required: [id, status, lines]", "required: [id, status]"),
    [
      'field-optional | contract order@1 | lines: may be missing now | /globex/ledger/globex | contracts/order@1.yaml:8 contracts/order@1.yaml:8 | {"id":"text","status":"paid"} fits now',
    ],
  ],
  [
    "deep in a list",
    edited(order, "qty: { type: number }", "qty: { type: integer }"),
    [
      'type-changed | contract order@1 | lines[].qty: number is now integer | whoever sends to it/acme/intake,globex/ledger/globex | contracts/order@1.yaml:10 contracts/order@1.yaml:10 | {"id":"text","status":"paid","lines":[{"sku":"text","qty":1.5}]} fits before',
    ],
  ],
  [
    "an answer that is asked for",
    edited(acme, "contract: { amount: number }", "contract: { amount: number, currency: string }"),
    [
      'field-required | call price of acme/quotes | currency: is new and required | whoever answers it/acme/quotes/ | tenants/acme/a.yaml:21 tenants/acme/a.yaml:21 | {"amount":1} fits before',
    ],
  ],
  [
    "the reply lacks a field and has another status",
    edited(
      acme,
      'reply: { status: 200, json: { id: "${ body.id }", amount: "${ vars.price.amount }" } }',
      'reply: { status: 201, json: { id: "${ body.id }" } }',
    ),
    [
      "reply-changed | reply of POST /acme/quotes | status 200 is now 201 | whoever waits for it/acme/quotes/ | tenants/acme/a.yaml:22 tenants/acme/a.yaml:22",
      "reply-changed | reply of POST /acme/quotes | json.amount is gone | whoever waits for it/acme/quotes/ | tenants/acme/a.yaml:22 tenants/acme/a.yaml:22",
    ],
  ],
  [
    "what is sent lacks a field, and has another value",
    edited(acme, "contract: { id: string, kind: quote }", "contract: { kind: offer }"),
    [
      'type-changed | target log of acme/quotes | kind: "quote" is now "offer" | whoever reads it there/acme/quotes/ | tenants/acme/a.yaml:26 tenants/acme/a.yaml:26 | {"kind":"offer"} fits now',
      'field-removed | target log of acme/quotes | id: is gone | whoever reads it there/acme/quotes/ | tenants/acme/a.yaml:26 tenants/acme/a.yaml:26 | {"kind":"offer"} fits now',
    ],
  ],
  [
    "a target sends elsewhere",
    edited(acme, 'subject: "quotes.', 'subject: "offers.'),
    [
      "target-moved | target log of acme/quotes | subject quotes.${ body.id } is now offers.${ body.id } | whoever reads it there/acme/quotes/ | tenants/acme/a.yaml:27 tenants/acme/a.yaml:27",
    ],
  ],
  [
    "what is sent has no contract any more",
    edited(
      acme,
      '    steps: [{ map: { id: "${ body.id }", kind: "quote" } }]\n    contract: { id: string, kind: quote }\n',
      '    steps: [{ map: { other: "${ body.id }" } }]\n',
    ),
    [
      "target-untyped | target log of acme/quotes | its contract is gone | whoever reads it there/acme/quotes/ | tenants/acme/a.yaml:24 tenants/acme/a.yaml:26",
    ],
  ],
  [
    "a mail goes to somebody else",
    edited(sales, "to: boss@", "to: sales@"),
    [
      "target-moved | target boss of acme/sales | to boss@example.com is now sales@example.com | whoever reads it there/acme/sales/ | tenants/acme/c.yaml:12 tenants/acme/c.yaml:12",
    ],
  ],
  ["a mail has another subject", edited(sales, "subject: Sale,", "subject: A sale,"), []],
  [
    "an event has another type and another mode",
    edited(sales, "type: com.example.sale", "type: com.example.sold, mode: structured"),
    [
      "target-moved | target bus of acme/sales | cloudevents.mode binary is now structured | whoever reads it there/acme/sales/ | tenants/acme/c.yaml:13 tenants/acme/c.yaml:13",
      "target-moved | target bus of acme/sales | cloudevents.type com.example.sale is now com.example.sold | whoever reads it there/acme/sales/ | tenants/acme/c.yaml:13 tenants/acme/c.yaml:13",
    ],
  ],
  [
    "no event any more",
    edited(sales, ", cloudevents: { type: com.example.sale }", ""),
    [
      "target-moved | target bus of acme/sales | cloudevents.mode binary is now not said | whoever reads it there/acme/sales/ | tenants/acme/c.yaml:13 tenants/acme/c.yaml:13",
      "target-moved | target bus of acme/sales | cloudevents.type com.example.sale is now not said | whoever reads it there/acme/sales/ | tenants/acme/c.yaml:13 tenants/acme/c.yaml:13",
    ],
  ],
  [
    "another bucket, the mode of an event that it was",
    {
      ...before,
      [sales]: (before[sales] ?? "")
        .replace("bucket: prices", "bucket: costs")
        .replace("type: com.example.sale", "type: com.example.sale, mode: binary"),
    },
    [
      "target-moved | target prices of acme/sales | bucket prices is now costs | whoever reads it there/acme/sales/ | tenants/acme/c.yaml:14 tenants/acme/c.yaml:14",
    ],
  ],
  [
    "a filter for all targets, and one for one of them",
    {
      ...before,
      [acme]: (before[acme] ?? "")
        .replace("steps:\n  - as: price", 'steps:\n  - filter: ${ body.id !== "" }\n  - as: price')
        .replace("    steps: [{ map: { id", '    when: ${ body.id !== "x" }\n    steps: [{ map: { id'),
    },
    [
      'route-changed | integration acme/quotes | no condition is now `filter ${ body.id !== "" }` | whoever reads what it sends/acme/quotes/ | tenants/acme/a.yaml:19 tenants/acme/a.yaml:14',
      'route-changed | target log of acme/quotes | no condition is now `when ${ body.id !== "x" }` | whoever reads it there/acme/quotes/ | tenants/acme/a.yaml:26 tenants/acme/a.yaml:24',
    ],
  ],
  [
    "a route takes messages from one target and not from the other",
    edited(
      "tenants/acme/c.yaml",
      "targets: { out: { nats: { subject: feeds.out } } }",
      "route: [{ when: \"${ headers['x'] === 'y' }\", to: [out, more] }, { to: [more] }]\ntargets: { out: { nats: { subject: feeds.out } }, more: { nats: { subject: feeds.more } } }",
    ),
    [
      "route-changed | target out of acme/feeds | no condition is now `route ${ headers['x'] === 'y' }` | whoever reads it there/acme/feeds/ | tenants/acme/c.yaml:5 tenants/acme/c.yaml:5",
    ],
  ],
  [
    "a target is gone",
    edited(acme, "  log:\n", "  logs:\n"),
    [
      "target-removed | target log of acme/quotes | is gone | whoever reads it there/acme/quotes/ | tenants/acme/a.yaml:14 tenants/acme/a.yaml:24",
    ],
  ],
  [
    "a stream is kept for less, and shared with nobody",
    {
      ...edited(acme, "keep: 7d, export-to: [globex]", "keep: 1d"),
      "tenants/globex/a.yaml":
        before["tenants/globex/a.yaml"]?.replace(
          "source: { stream: acme/orders }",
          "source: { http: { path: /x }, contract: any }",
        ) ?? "",
    },
    [
      "stream-unshared | stream acme/orders | is not shared with globex any more | /globex/ledger/globex | tenants/acme/a.yaml:4 tenants/acme/a.yaml:4",
      "retention-shortened | stream acme/orders | keep 7d is now 1d | /globex/ledger/globex | tenants/acme/a.yaml:4 tenants/acme/a.yaml:4",
    ],
  ],
  [
    "a stream is gone",
    {
      ...before,
      [acme]: (before[acme] ?? "")
        .replace(/streams:\n.*\n/, "")
        .replace("shared: { stream: orders }", "shared: { nats: { subject: orders.out } }"),
      "tenants/globex/a.yaml":
        before["tenants/globex/a.yaml"]?.replace(
          "source: { stream: acme/orders }",
          "source: { http: { path: /x }, contract: any }",
        ) ?? "",
    },
    [
      "target-moved | target shared of acme/intake | stream is now nats | whoever reads it there/acme/intake/ | tenants/acme/a.yaml:10 tenants/acme/a.yaml:12",
      "stream-removed | stream acme/orders | is gone | /globex/ledger/globex | - tenants/acme/a.yaml:4",
    ],
  ],
  [
    "a contract is gone",
    Object.fromEntries(Object.entries(before).filter(([path]) => path !== "contracts/old@1.yaml")),
    ["contract-removed | contract old@1 | is gone | whoever speaks of it// | - contracts/old@1.yaml:1"],
  ],
  [
    "one source of two is gone",
    edited("tenants/acme/c.yaml", "  b: { http: { path: /b }, contract: any }\n", ""),
    ["source-removed | POST /acme/b | is gone | whoever sends to it/acme/feeds/ | - tenants/acme/c.yaml:4"],
  ],
];

test.each(table)("%s", (_what, files, expected) => {
  expect(breakingChanges(was, surface(files)).map(told)).toEqual(expected);
});

test("each category has its case", () => {
  const said = table.flatMap(([, , expected]) => expected.map((line) => line.split(" ")[0]));
  expect(categories.filter((category) => !said.includes(category))).toEqual([]);
});

test("docs/breaking.md has the table of categories", () => {
  const page = readFileSync(new URL("../../docs/breaking.md", import.meta.url), "utf8");
  for (const [category, { means, instead }] of Object.entries(rules)) {
    expect(page).toContain(`| \`${category}\` | ${means} | ${instead} |\n`);
  }
});

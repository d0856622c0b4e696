// Specs: documents, keys, names and what they refer to.

import { entry } from "./entry.ts";

export const specCodes = {
  VRS2001: entry(
    "error",
    "Unknown kind of document",
    "Each YAML document has exactly one kind key: `workspace`, `tenant`, `connections`, `integration`, `fragment` or `tests`.",
    {
      bad: [
        "# tenants/acme/orders.yaml",
        "name: orders",
        "source: { http: { path: /all-orders }, contract: order@1 }",
        "targets: { out: { nats: { subject: all-orders.out } } }",
      ],
      good: [
        "# tenants/acme/orders.yaml",
        "integration: orders",
        "source: { http: { path: /all-orders }, contract: order@1 }",
        "targets: { out: { nats: { subject: all-orders.out } } }",
      ],
    },
  ),
  VRS2002: entry(
    "error",
    "Unknown key",
    "The key is not part of the language here. The message names the nearest known one.",
    {
      bad: ["targets:", "  out: { nats: { subject: orders.out }, retries: { for: 1h } }"],
      good: ["targets:", "  out: { nats: { subject: orders.out }, retry: { for: 1h } }"],
    },
  ),
  VRS2003: entry("error", "Missing key", "A required key is not there.", {
    bad: ["source: { http: { methods: [PUT] }, contract: order@1 }"],
    good: ["source: { http: { path: /orders, methods: [PUT] }, contract: order@1 }"],
  }),
  VRS2004: entry("error", "Value of the wrong kind", "The value has another type or form than the key takes.", {
    bad: ['paused: "yes"'],
    good: ["paused: true"],
  }),
  VRS2005: entry(
    "error",
    "Duration, size or time that cannot be read",
    "Durations are written `250ms`, `1s`, `5m`, `24h`, `7d`; sizes `64KiB`, `1MiB`; times `2026-03-29T01:59:00Z`.",
    {
      bad: ["targets:", "  out: { nats: { subject: orders.out }, retry: { for: 1 hour } }"],
      good: ["targets:", "  out: { nats: { subject: orders.out }, retry: { for: 1h } }"],
    },
  ),
  VRS2006: entry(
    "error",
    "Unknown connector",
    "No connector of this name exists in this version. The message names the nearest one.",
    {
      bad: ["targets: { out: { kafka: { topic: orders } } }"],
      good: ["targets: { out: { nats: { subject: orders } } }"],
    },
  ),
  VRS2007: entry(
    "error",
    "Unknown connection",
    "The tenant declares no connection of this name, or it belongs to another connector.",
    {
      bad: ["targets: { out: { http: { connection: cmr, path: /orders } } }"],
      good: ["targets: { out: { http: { connection: crm, path: /orders } } }"],
    },
  ),
  VRS2008: entry(
    "error",
    "Unknown target",
    "A route or an `on-error` names a target that the integration does not have.",
    { bad: ["route: [{ to: [owt] }]"], good: ["route: [{ to: [out] }]"] },
  ),
  VRS2009: entry(
    "error",
    "Missing contract",
    "A source needs a `contract`: without it nothing after it can be checked. Use a name (`order@1`), the short form, or `any`.",
    { bad: ["source: { http: { path: /orders } }"], good: ["source: { http: { path: /orders }, contract: order@1 }"] },
  ),
  VRS2010: entry(
    "error",
    "Unknown contract",
    "No file `contracts/<name>@<version>.json` or `.yaml` exists in the workspace.",
    {
      bad: ["source: { http: { path: /orders }, contract: order@2 }"],
      good: ["source: { http: { path: /orders }, contract: order@1 }"],
    },
  ),
  VRS2011: entry(
    "error",
    "Two documents of one name",
    "Two documents of the same kind carry the same name in one tenant.",
    {
      bad: [
        "# tenants/acme/all.yaml",
        "fragment: tidy",
        'steps: [{ filter: "${ body.total > 0 }" }]',
        "---",
        "fragment: tidy",
        'steps: [{ filter: "${ body.total > 100 }" }]',
      ],
      good: [
        "# tenants/acme/all.yaml",
        "fragment: tidy",
        'steps: [{ filter: "${ body.total > 0 }" }]',
        "---",
        "fragment: great",
        'steps: [{ filter: "${ body.total > 100 }" }]',
      ],
    },
  ),
  VRS2012: entry(
    "error",
    "Unknown secret",
    "Secrets are declared in `tenant.yaml` under `secrets:`; this name is not.",
    {
      bad: [
        "source:",
        '  http: { path: /orders, signature: { scheme: github, secret: "${ secrets.webhok }" } }',
        "  contract: order@1",
      ],
      good: [
        "source:",
        '  http: { path: /orders, signature: { scheme: github, secret: "${ secrets.webhook }" } }',
        "  contract: order@1",
      ],
    },
  ),
  VRS2013: entry(
    "error",
    "Setting without a value",
    "A declared setting has no value, or one of the wrong type, in a context; or one of the wrong type in a case.",
    {
      bad: [
        "# vrsky.yaml",
        "workspace: shop",
        "language: 1",
        "settings: { crmUrl: string }",
        "contexts:",
        "  prod: { settings: {} }",
      ],
      good: [
        "# vrsky.yaml",
        "workspace: shop",
        "language: 1",
        "settings: { crmUrl: string }",
        "contexts:",
        "  prod: { settings: { crmUrl: https://crm.example.com } }",
      ],
    },
  ),
  VRS2014: entry(
    "error",
    "Contract that cannot be typed",
    "The contract uses a JSON Schema keyword or form outside the supported subset. What cannot be typed is refused, never ignored.",
    {
      bad: ["# contracts/product@1.yaml", "type: object", "properties:", '  sku: { type: string, pattern: "^(?!x)" }'],
      good: ["# contracts/product@1.yaml", "type: object", "properties:", '  sku: { type: string, pattern: "^[^x]" }'],
    },
  ),
  VRS2015: entry("error", "Workspace without `vrsky.yaml`", "A workspace is a folder with `vrsky.yaml`."),
  VRS2016: {
    ...entry("error", "Not in this version", "The language had this before the compiler did. By now all of it runs."),
    retired: true,
  },
  VRS2017: entry(
    "error",
    "Target that nothing reaches",
    "No route arm names the target, so it would never get a message.",
    {
      bad: [
        "route: [{ to: [out] }]",
        "targets:",
        "  out: { nats: { subject: orders.out } }",
        "  chat: { nats: { subject: chat } }",
      ],
      good: [
        "route: [{ to: [out, chat] }]",
        "targets:",
        "  out: { nats: { subject: orders.out } }",
        "  chat: { nats: { subject: chat } }",
      ],
    },
  ),
  VRS2018: entry(
    "error",
    "Route arm that is never reached",
    "The first matching arm wins, so an arm without `when` ends the route; arms below it can never match.",
    {
      bad: ["route:", "  - to: [out]", '  - { when: "${ body.total > 100 }", to: [] }'],
      good: ["route:", '  - { when: "${ body.total > 100 }", to: [] }', "  - to: [out]"],
    },
  ),
  VRS2019: entry(
    "error",
    "Step without its one kind",
    "A step does one thing: it is exactly one of `filter`, `map`, `call`, `split`, `validate`, `script` and `use`.",
    {
      bad: ["steps:", "  - filter: ${ body.total > 0 }", '    map: { id: "${ body.id }" }'],
      good: ["steps:", "  - filter: ${ body.total > 0 }", '  - map: { id: "${ body.id }" }'],
    },
  ),
  VRS2020: entry("error", "Unknown fragment", "`use` names a fragment that the tenant does not have.", {
    bad: ["steps: [{ use: tidi }]", "---", "fragment: tidy", 'steps: [{ filter: "${ body.total > 0 }" }]'],
    good: ["steps: [{ use: tidy }]", "---", "fragment: tidy", 'steps: [{ filter: "${ body.total > 0 }" }]'],
  }),
  VRS2021: entry(
    "error",
    "Fragment that uses itself",
    "Fragments are put in place when the spec is compiled, so they cannot go in a circle.",
    {
      bad: ["steps: [{ use: tidy }]", "---", "fragment: tidy", "steps: [{ use: tidy }]"],
      good: ["steps: [{ use: tidy }]", "---", "fragment: tidy", 'steps: [{ filter: "${ body.total > 0 }" }]'],
    },
  ),
  VRS2022: entry(
    "error",
    "Question without a name",
    "A `call` or `script` owns state: its cache, its place in tests and traces. Give the step a `name`, or keep its result with `as`.",
    {
      bad: [
        "steps:",
        '  - call: { http: { connection: crm, path: "/orders/${ body.id }" } }',
        "    contract: { name: string }",
      ],
      good: [
        "steps:",
        "  - as: customer",
        '    call: { http: { connection: crm, path: "/orders/${ body.id }" } }',
        "    contract: { name: string }",
      ],
    },
  ),
  VRS2023: entry(
    "error",
    "Unknown stream, or one that is not shared",
    "A stream is declared under `streams:` of its tenant. Another tenant reads it as `tenant/name` once the owner grants it with `export-to`.",
    {
      bad: ["source: { stream: contact }", 'steps: [{ map: { name: "${ body.name }" } }]'],
      good: ["source: { stream: contacts }", 'steps: [{ map: { name: "${ body.name }" } }]'],
    },
  ),
  VRS2024: entry(
    "error",
    "Template that cannot be used",
    "`template:` names a Handlebars file of the workspace. It may hold values, `#if`, `#unless`, `#each`, `#with`, `else` and comments; what it reads is checked like any expression.",
    {
      bad: ["targets:", "  mail: { http: { connection: crm, path: /mails, text: { template: mails/receit.hbs } } }"],
      good: ["targets:", "  mail: { http: { connection: crm, path: /mails, text: { template: mails/receipt.hbs } } }"],
    },
  ),
  VRS2025: entry(
    "error",
    "Stream that gives something else",
    "A source that reads a stream may ask for less than its contract promises, never for more or something else.",
    {
      bad: ["source: { stream: contacts, contract: { name: string, phone: string } }"],
      good: ["source: { stream: contacts, contract: { name: string } }"],
    },
  ),
  VRS2030: entry(
    "error",
    "Batch where no list is taken",
    "A target with `batch` is sent a list. A declared stream keeps message by message, each under its own id, so there is nothing to collect for.",
    {
      bad: [
        'steps: [{ map: { name: "${ body.id }" } }]',
        "targets:",
        "  out: { stream: contacts, batch: { count: 100, within: 1s } }",
      ],
      good: ['steps: [{ map: { name: "${ body.id }" } }]', "targets:", "  out: { stream: contacts }"],
    },
  ),
  VRS2031: entry(
    "error",
    "Reply that nobody waits for",
    "`reply` answers the caller of an `http` source after the steps. With other sources there is no caller, and after a `split` there would be several answers to one question.",
    {
      bad: ["source: { schedule: { every: 1m } }", 'reply: { json: { id: "${ meta.id }" } }'],
      good: ["source: { schedule: { every: 1m } }"],
    },
  ),
  VRS2032: entry(
    "error",
    "Key that is needed earlier",
    "`order-by` is worked out when a message is taken in, before anything is asked and once for the whole message: what the source's own steps `call`, ask of a `script` or `split` comes too late.",
    {
      bad: [
        "source:",
        "  http: { path: /orders }",
        "  contract: { lines: [{ sku: string }] }",
        '  steps: [{ split: "${ body.lines }" }]',
        "order-by: ${ body.sku }",
      ],
      good: [
        "source: { http: { path: /orders }, contract: { id: string, lines: [{ sku: string }] } }",
        'steps: [{ split: "${ body.lines }" }]',
        "order-by: ${ body.id }",
      ],
    },
  ),
  VRS2033: entry(
    "error",
    "Failure sent to where it failed",
    "What a target could not take goes to another one, or stays a dead letter: a failed message never comes back to a target where it was.",
    {
      bad: ["targets:", "  desk: { http: { url: https://desk.example.com }, on-error: { to: desk } }"],
      good: [
        "targets:",
        "  desk: { http: { url: https://desk.example.com }, on-error: { to: log } }",
        "  log: { file: { path: failed.jsonl, format: jsonl } }",
      ],
    },
  ),
  VRS2034: entry(
    "error",
    "Key that is none",
    "`upsert` and `changes` tell rows apart by `key`, which PostgreSQL can only do by the columns of a primary key or of a unique index. The connection's `tables` say which there are; `vrsky import postgres` writes them.",
    {
      bad: [
        "targets: { out: { postgres: { connection: warehouse, table: orders, mode: upsert, key: [customer] } } }",
        "---",
        "connections:",
        "  warehouse:",
        "    postgres:",
        '      url: "postgres://vrsky@dwh:5432/dwh"',
        "      tables: { public.orders: { contract: any, keys: [[id]] } }",
      ],
      good: [
        "targets: { out: { postgres: { connection: warehouse, table: orders, mode: upsert, key: [id] } } }",
        "---",
        "connections:",
        "  warehouse:",
        "    postgres:",
        '      url: "postgres://vrsky@dwh:5432/dwh"',
        "      tables: { public.orders: { contract: any, keys: [[id]] } }",
      ],
    },
  ),
  VRS2035: entry(
    "warning",
    "Changes without an order",
    "A target that applies changes of rows needs those of a row in the order in which they were made: without `order-by` they are delivered side by side, and one that is retried comes after newer ones.",
    {
      bad: [
        "source: { http: { path: /changes }, contract: { op: delete, key: { id: string }, row?: any } }",
        "targets: { out: { postgres: { connection: warehouse, table: orders, mode: changes, key: [id] } } }",
        "---",
        'connections: { warehouse: { postgres: { url: "postgres://vrsky@dwh:5432/dwh" } } }',
      ],
      good: [
        "source: { http: { path: /changes }, contract: { op: delete, key: { id: string }, row?: any } }",
        "order-by: ${ body.key.id }",
        "targets: { out: { postgres: { connection: warehouse, table: orders, mode: changes, key: [id] } } }",
        "---",
        'connections: { warehouse: { postgres: { url: "postgres://vrsky@dwh:5432/dwh" } } }',
      ],
    },
  ),
  VRS2036: entry(
    "error",
    "Case about what is not there",
    "A case names the integration, its sources, targets and calls, settings, secrets and files as they are called: what nobody has would never be asked, and the case would say less than its author thinks.",
    {
      bad: [
        "source: { http: { path: /orders }, contract: { id: string } }",
        "---",
        "tests: example",
        "cases:",
        "  - { name: the desk gets it, given: { body: { id: a } }, expect: { targets: { dsek: [{ id: a }] } } }",
      ],
      good: [
        "source: { http: { path: /orders }, contract: { id: string } }",
        "---",
        "tests: example",
        "cases:",
        "  - { name: the desk gets it, given: { body: { id: a } }, expect: { targets: { out: [{ id: a }] } } }",
      ],
    },
  ),
  VRS2037: entry(
    "warning",
    "Case that ends at the door",
    "The body of the case does not fit the contract of its source: the message is refused, and nothing behind the source is shown. Where that is meant, the case expects it: `refused: invalid`.",
    {
      bad: [
        "source: { http: { path: /orders }, contract: { id: string } }",
        "---",
        "tests: example",
        "cases: [{ name: it is taken, given: { body: { id: 1 } } }]",
      ],
      good: [
        "source: { http: { path: /orders }, contract: { id: string } }",
        "---",
        "tests: example",
        "cases: [{ name: it is refused, given: { body: { id: 1 } }, expect: { refused: invalid } }]",
      ],
    },
  ),
  VRS2060: entry(
    "error",
    "Key that needs what an ephemeral integration does not keep",
    "With `transport: ephemeral` messages pass over core NATS and are stored nowhere: there is no order among them, no memory of ids, no place where one waits on disk, and none where a dead one is kept. A key that would promise such a thing is refused.",
    {
      bad: [
        "transport: ephemeral",
        "source: { http: { path: /orders }, contract: order@1 }",
        'order-by: "${ body.id }"',
        "targets: { out: { nats: { subject: orders.out } } }",
      ],
      good: [
        "transport: ephemeral",
        "source: { http: { path: /orders }, contract: order@1 }",
        "targets: { out: { nats: { subject: orders.out } } }",
      ],
    },
  ),
} as const;

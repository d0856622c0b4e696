// Expressions and scripts: what may be written, before its types are asked for.

import { entry } from "./entry.ts";

export const expressionCodes = {
  VRS3001: entry("error", "Expression that does not parse", "The text between `${` and `}` is not an expression.", {
    bad: ['steps: [{ filter: "${ body.total > }" }]'],
    good: ['steps: [{ filter: "${ body.total > 0 }" }]'],
  }),
  VRS3002: entry(
    "error",
    "Forbidden construct",
    "Expressions are a safe subset of JavaScript: no statements, assignments, `new`, `this`, regular expressions, classes, functions other than callbacks, or access to prototypes.",
    {
      bad: ["steps: [{ filter: \"${ body.status = 'paid' }\" }]"],
      good: ["steps: [{ filter: \"${ body.status === 'paid' }\" }]"],
    },
  ),
  VRS3003: entry(
    "error",
    "Unknown name",
    "Expressions see `body`, `headers`, `meta`, `vars`, `settings`, `secrets` (in connections and connector settings) and the built-in functions.",
    { bad: ['steps: [{ filter: "${ order.total > 0 }" }]'], good: ['steps: [{ filter: "${ body.total > 0 }" }]'] },
  ),
  VRS3004: entry("error", "Unknown function or method", "Only the functions and methods of the allow-list exist.", {
    bad: ['steps: [{ map: { id: "${ lowercase(body.id) }" } }]'],
    good: ['steps: [{ map: { id: "${ body.id.toLowerCase() }" } }]'],
  }),
  VRS3005: entry(
    "error",
    "Expression too large",
    "An expression may hold 4,000 characters, 500 nodes, a depth of 32 and 3 nested callbacks.",
    {
      bad: [
        "steps:",
        "  - map:",
        "      pairs: ${ body.lines.map(a => body.lines.map(b => body.lines.map(c => body.lines.map(d => a.qty * d.qty)))) }",
      ],
      good: ["steps:", "  - map:", "      pairs: ${ body.lines.map(a => body.lines.map(b => a.qty * b.qty)) }"],
    },
  ),
  VRS3006: entry("error", "Unclosed expression", "A `${` has no matching `}`.", {
    bad: ['steps: [{ map: { text: "Order ${ body.id" } }]'],
    good: ['steps: [{ map: { text: "Order ${ body.id }" } }]'],
  }),
  VRS3007: entry(
    "error",
    "Expression where a constant is needed",
    "This value is part of the topology or known before any message: it may use `settings` or `secrets` where the key allows them, never message data.",
    {
      bad: ['source: { http: { path: "/${ body.id }" }, contract: order@1 }'],
      good: ["source: { http: { path: /orders }, contract: order@1 }"],
    },
  ),
  VRS3008: entry(
    "error",
    "Secret where it may not be",
    "`secrets.x` may stand in connections and connector settings only: never in a payload, a map, a filter or a condition.",
    {
      bad: ['steps: [{ map: { token: "${ secrets.token }" } }]'],
      good: [
        "targets:",
        '  out: { http: { url: https://api.example.com, headers: { authorization: "Bearer ${ secrets.token }" } } }',
      ],
    },
  ),
  VRS3009: entry(
    "warning",
    "Constant that looks like an expression",
    "The text starts like an expression but has no `${ … }` around it, so it is sent as it stands.",
    { bad: ["steps: [{ map: { id: body.id } }]"], good: ['steps: [{ map: { id: "${ body.id }" } }]'] },
  ),
  VRS3010: entry(
    "error",
    "Dynamic part where a literal is needed",
    "Data fills parts, never places: the host of a URL, a table or a bucket is constant.",
    {
      bad: ["targets:", '  out: { http: { url: "https://${ body.id }.example.com/orders" } }'],
      good: ["targets:", '  out: { http: { url: "https://api.example.com/orders/${ body.id }" } }'],
    },
  ),
  VRS3011: entry(
    "error",
    "Pattern that cannot be matched",
    "The pattern of `matches` is a text literal in the subset of regular expressions that takes linear time, the same as `pattern` of a contract. Inside a text a backslash is written twice.",
    {
      bad: ["steps:", '  - filter: ${ matches(body.id, "^\\d+$") }'],
      good: ["steps:", '  - filter: ${ matches(body.id, "^\\\\d+$") }'],
    },
  ),
  VRS3012: entry(
    "error",
    "Literal that the function cannot read",
    "A time zone, a duration or a date's pattern that is written out is checked when the spec is compiled.",
    {
      bad: ["steps:", "  - map: { day: \"${ formatDate(body.at, 'YYYY-MM-DD') ?? '' }\" }"],
      good: ["steps:", "  - map: { day: \"${ formatDate(body.at, 'yyyy-MM-dd') ?? '' }\" }"],
    },
  ),
  VRS3101: entry("error", "Script that does not exist", "`script` names a TypeScript file of the workspace.", {
    bad: ["steps:", "  - { name: price, script: scripts/prise.ts, contract: { price: number } }"],
    good: ["steps:", "  - { name: price, script: scripts/price.ts, contract: { price: number } }"],
  }),
  VRS3102: entry(
    "error",
    "Script that does not parse",
    "The file is not TypeScript. The message says where the parser stopped.",
    {
      bad: [
        "steps: [{ name: rate, script: scripts/rate.ts, contract: { rate: number } }]",
        "# scripts/rate.ts",
        "export default (message) => ({ rate: );",
      ],
      good: [
        "steps: [{ name: rate, script: scripts/rate.ts, contract: { rate: number } }]",
        "# scripts/rate.ts",
        "export default (message) => ({ rate: 1 });",
      ],
    },
  ),
  VRS3103: entry(
    "error",
    "Import that a script cannot have",
    "A script runs where there is nothing but JavaScript: it may import files of its workspace by relative paths. Packages and Node's modules do not exist there; outside systems are asked by a `call` step.",
    {
      bad: [
        "steps: [{ name: rate, script: scripts/rate.ts, contract: { rate: number } }]",
        "# scripts/rate.ts",
        'import { readFileSync } from "node:fs";',
        'export default (message) => ({ rate: Number(readFileSync("/rate", "utf8")) });',
      ],
      good: [
        "steps: [{ name: rate, script: scripts/rate.ts, contract: { rate: number } }]",
        "# scripts/rate.ts",
        'import { rates } from "./rates.ts";',
        "export default (message) => ({ rate: rates.SEK });",
        "# scripts/rates.ts",
        "export const rates = { SEK: 11.2 };",
      ],
    },
  ),
  VRS3104: entry(
    "error",
    "Script without a default export",
    "What a script does is its default export: `export default (message) => …`.",
    {
      bad: [
        "steps: [{ name: rate, script: scripts/rate.ts, contract: { rate: number } }]",
        "# scripts/rate.ts",
        "export const rate = (message) => ({ rate: 1 });",
      ],
      good: [
        "steps: [{ name: rate, script: scripts/rate.ts, contract: { rate: number } }]",
        "# scripts/rate.ts",
        "export default (message) => ({ rate: 1 });",
      ],
    },
  ),
} as const;

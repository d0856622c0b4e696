// Types, from the source to the targets.

import { entry } from "./entry.ts";

export const typesCodes = {
  VRS4001: entry("error", "Type mismatch", "The expression's type is not the one that is needed here.", {
    bad: ["steps:", '  - map: { total: "${ body.id }" }', "    contract: { total: number }"],
    good: ["steps:", '  - map: { total: "${ body.total }" }', "    contract: { total: number }"],
  }),
  VRS4002: entry("error", "Unknown property", "The type has no such property; the message names the nearest one.", {
    bad: ['steps: [{ filter: "${ body.totl > 100 }" }]'],
    good: ['steps: [{ filter: "${ body.total > 100 }" }]'],
  }),
  VRS4003: entry(
    "error",
    "Value that may be missing",
    "The value may be undefined or null and must be handled first: `?.`, `??`, `exists(x)` or a filter.",
    {
      bad: ['steps: [{ map: { mail: "${ body.email.toLowerCase() }" } }]'],
      good: ["steps: [{ map: { mail: \"${ (body.email ?? 'nobody@example.com').toLowerCase() }\" } }]"],
    },
  ),
  VRS4004: entry(
    "error",
    "Condition that is not boolean",
    "`filter` and `when` take a boolean: write the comparison out.",
    { bad: ['steps: [{ filter: "${ body.total }" }]'], good: ['steps: [{ filter: "${ body.total > 0 }" }]'] },
  ),
  VRS4005: entry(
    "error",
    "Field that the contract does not declare",
    "On the way out a contract is closed: a field that it does not declare is an error.",
    {
      bad: ["steps:", '  - map: { id: "${ body.id }", total: "${ body.total }" }', "    contract: { id: string }"],
      good: [
        "steps:",
        '  - map: { id: "${ body.id }", total: "${ body.total }" }',
        "    contract: { id: string, total: number }",
      ],
    },
  ),
  VRS4006: entry("error", "Missing field", "The contract requires a field that this value does not give.", {
    bad: ["steps:", '  - map: { id: "${ body.id }" }', "    contract: { id: string, total: number }"],
    good: ["steps:", '  - map: { id: "${ body.id }" }', "    contract: { id: string, total?: number }"],
  }),
  VRS4007: entry(
    "error",
    "Body of unknown type",
    "The contract is `any`, so nothing is known about the body here; `validate` it first.",
    {
      bad: ["source: { http: { path: /orders }, contract: any }", 'steps: [{ filter: "${ body.total > 0 }" }]'],
      good: [
        "source: { http: { path: /orders }, contract: any }",
        "steps:",
        "  - validate: { total: number }",
        "  - filter: ${ body.total > 0 }",
      ],
    },
  ),
  VRS4008: entry(
    "error",
    "Payload that is not JSON",
    "A message can hold text, numbers, booleans, null, lists and objects, not this.",
    {
      bad: ['steps: [{ map: { id: "${ body.id.trim }" } }]'],
      good: ['steps: [{ map: { id: "${ body.id.trim() }" } }]'],
    },
  ),
} as const;

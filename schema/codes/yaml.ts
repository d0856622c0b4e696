// YAML: what a spec's text says before anything of it has a meaning.

import { entry } from "./entry.ts";

export const yamlCodes = {
  VRS1001: entry(
    "error",
    "YAML that does not parse",
    "The file is not YAML. The message says where the parser stopped; the mistake is often one line above.",
    { bad: ['steps: [{ filter: "${ body.total > 100 }" }'], good: ['steps: [{ filter: "${ body.total > 100 }" }]'] },
  ),
  VRS1002: entry(
    "error",
    "Expression cut by YAML",
    'YAML gives `: `, ` #`, `{`, `}`, `,` and quotes a meaning of their own, so an expression that holds them must be quoted or stand in a block. Write `key: "${ … }"`, or put it on its own line after `key: |-`.',
    { bad: ["steps:", "  - map: { id: ${ body.id } }"], good: ["steps:", '  - map: { id: "${ body.id }" }'] },
  ),
  VRS1003: entry(
    "error",
    "Expression cut by a comment",
    "In a plain scalar ` #` starts a comment, so the rest of the text is lost without a word. Quote the whole value.",
    {
      bad: ["steps:", "  - map:", "      text: Order #${ body.id } is ${ body.status }"],
      good: ["steps:", "  - map:", '      text: "Order #${ body.id } is ${ body.status }"'],
    },
  ),
  VRS1004: entry("error", "Key given twice", "A mapping holds the same key twice; YAML would keep only one of them.", {
    bad: ["steps:", '  - map: { id: "${ body.id }", id: "${ body.status }" }'],
    good: ["steps:", '  - map: { id: "${ body.id }", status: "${ body.status }" }'],
  }),
  VRS1005: entry(
    "error",
    "Expression in a key",
    "Keys are never expressions. A line break inside an unquoted expression makes YAML read the rest as a key: put the expression in a `|-` block.",
    {
      bad: ["steps:", "  - map:", '      "${ body.id }": ${ body.total }'],
      good: ["steps:", "  - map:", "      id: ${ body.id }", "      total: ${ body.total }"],
    },
  ),
  VRS1006: entry(
    "error",
    "Tag or alias where text was meant",
    "A plain value that starts with `!`, `*` or `&` is a YAML tag, alias or anchor. Quote it.",
    {
      bad: ["source:", "  file: { path: *.csv, format: csv }", "  contract: { id: string }"],
      good: ["source:", '  file: { path: "*.csv", format: csv }', "  contract: { id: string }"],
    },
  ),
  VRS1007: entry("error", "File that cannot be read", "The file exists but could not be read, or is not UTF-8 text."),
  VRS1008: entry(
    "warning",
    "Scalar whose text is not its value",
    "`1.10` is the number 1.1 and `0600` the number 600. Quote it when the text matters.",
    {
      bad: ["steps:", '  - map: { id: "${ body.id }", version: 1.10 }'],
      good: ["steps:", '  - map: { id: "${ body.id }", version: "1.10" }'],
    },
  ),
  VRS1009: entry(
    "error",
    "YAML that becomes too large",
    "With its aliases followed, the document holds more than 100,000 values, nests deeper than 100 levels, or holds itself. Write out what is meant, or split the file.",
    { bad: ["labels: &all { team: shop, more: *all }"], good: ["labels: { team: shop }"] },
  ),
} as const;

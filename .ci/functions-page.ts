// docs/expressions.md from the allow-list: `npx tsx .ci/functions-page.ts` writes it. What an example gives is what the
// run time gives for it.

import { dateFunctions } from "../schema/functions/dates.ts";
import { encodingFunctions } from "../schema/functions/encodings.ts";
import type { Entries, FunctionEntry } from "../schema/functions/entry.ts";
import { listFunctions } from "../schema/functions/lists.ts";
import { listMethods, numberMethods, stringMethods } from "../schema/functions/methods.ts";
import { moneyFunctions } from "../schema/functions/money.ts";
import { numberFunctions } from "../schema/functions/numbers.ts";
import { objectFunctions } from "../schema/functions/objects.ts";
import { sample } from "../schema/functions/sample.ts";
import { textFunctions } from "../schema/functions/texts.ts";
import { valueFunctions } from "../schema/functions/values.ts";
import { functions } from "../schema/functions.ts";
import { evaluate } from "../test/expression/evaluate.ts";
import { written } from "./written.ts";

interface Group {
  readonly title: string;
  readonly about: string;
  readonly entries: Entries;
  readonly before: string;
}

const groups: readonly Group[] = [
  { title: "Any value", about: "", entries: valueFunctions, before: "" },
  { title: "Functions of text", about: "", entries: textFunctions, before: "" },
  { title: "Methods of text", about: "", entries: stringMethods, before: "text." },
  { title: "Functions of numbers", about: "", entries: numberFunctions, before: "" },
  { title: "Methods of numbers", about: "", entries: numberMethods, before: "number." },
  {
    title: "Money",
    about: "Amounts in minor units (cents), by the decimals of ISO 4217. Currencies are codes in either case.",
    entries: moneyFunctions,
    before: "",
  },
  {
    title: "Dates and times",
    about:
      "A date is ISO 8601 text in UTC, so that two of them compare by `<`. There is no clock: a step that runs again must give the same. Each function reads whatever `date` reads and is `undefined` when the text is no date; zones, durations and patterns that are written out are checked when the spec is compiled.",
    entries: dateFunctions,
    before: "",
  },
  { title: "Functions of lists", about: "", entries: listFunctions, before: "" },
  { title: "Methods of lists", about: "`T` is the type of an item.", entries: listMethods, before: "list." },
  {
    title: "Objects",
    about:
      "A member that is undefined is not there, as in a message. `$Key<T>` is one of the names of the object's members, `$Member<T>` one of their values, `$Entry<T>` a `{ key, value }` of them.",
    entries: objectFunctions,
    before: "",
  },
  { title: "Hashes and encodings", about: "", entries: encodingFunctions, before: "" },
];

const grouped = groups.filter(({ before }) => before === "").flatMap(({ entries }) => Object.keys(entries));
const homeless = Object.keys(functions).filter((name) => !grouped.includes(name));
if (homeless.length > 0) throw new Error(`no group for ${homeless.join(", ")}`);

function section(name: string, { signatures, doc, example }: FunctionEntry, before: string): string {
  const typed = signatures.map((signature) => `${before}${name}${signature}`).join("\n");
  return `### ${before}${name}\n\n${doc}\n\n\`\`\`ts\n${typed}\n\n${example}\n// ${resultOf(example)}\n\`\`\`\n`;
}

function resultOf(example: string): string {
  const result = evaluate(example, { body: sample });
  if (result.kind !== "value") throw new Error(`${example} gives ${JSON.stringify(result)}`);
  return result.value === undefined ? "undefined" : JSON.stringify(result.value);
}

const page = [
  "# Functions and methods of expressions\n",
  "Between `${` and `}` stands one expression of JavaScript, as far as it is safe and typed; what can be called in it is on this page and nothing else. The examples are about [one message](#the-message-of-the-examples), and the line below each says what it gives. This page is written by `.ci/functions-page.ts` from `schema/functions.ts`.\n",
  "What may go wrong with data is in the type: a function that cannot answer gives `undefined`, and the spec compiles once that is handled, by `??`, `exists(x)` or `orFail(x, reason)`. What is called with a value of another kind than its type fails the message. All of them count what they do: an expression that takes more than a million steps, or makes a text longer than 1 MiB or a list longer than 200,000 items, fails the message.\n",
  "In the types `$Json` is what a message may hold, `$Any` a value of unknown shape, `$Fields` any object.\n",
  "| | |\n|---|---|",
  ...groups.map(({ title, entries, before }) => {
    const links = Object.keys(entries).map((name) => `[\`${name}\`](#${before.replace(".", "")}${name.toLowerCase()})`);
    return `| ${title} | ${links.join(" ")} |`;
  }),
  "",
  ...groups.flatMap(({ title, about, entries, before }) => [
    `## ${title}\n`,
    ...(about === "" ? [] : [`${about}\n`]),
    ...Object.entries(entries).map(([name, entry]) => section(name, entry, before)),
  ]),
  "## The message of the examples\n",
  `\`\`\`json\n${JSON.stringify(sample, undefined, 2)}\n\`\`\`\n`,
].join("\n");

written("docs/expressions.md", page, "npx tsx .ci/functions-page.ts");

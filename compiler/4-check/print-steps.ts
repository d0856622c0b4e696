// Steps in worker.ts. They nest in blocks, so that `body` and `vars` can take a new type under the same name and a
// filter narrows all that follows.

import { mayContinue } from "../3-resolve/on-error.ts";
import type { Contract, Step } from "../integration.ts";
import { typeOf } from "./print-types.ts";
import { printValue } from "./print-value.ts";
import { type Printing, printCondition, printGuard, printPayload, printSetting } from "./printing.ts";

type Of<Kind extends Step["kind"]> = Extract<Step, { kind: Kind }>;

/** Returns how many blocks it left open. `params`: the name that holds those of the fragment around, if any. */
export function printSteps(steps: readonly Step[], printing: Printing, params?: string): number {
  return steps.reduce((depth, step) => {
    const opened = printStep(step, printing, params);
    printing.probe(step.site);
    return depth + opened;
  }, 0);
}

function printStep(step: Step, printing: Printing, params: string | undefined): number {
  switch (step.kind) {
    case "filter":
      printGuard(step.condition, printing);
      return 0;
    case "map":
      return printMade(step, printing, () => printPayload("map", step.value, step.contract, printing));
    case "call":
      return printMade(step, printing, () => {
        for (const setting of step.use.settings) printSetting(setting, printing);
        return printAnswer(step.contract, printing);
      });
    case "script":
      // What reaches the script.
      printing.probe(step.site);
      return printMade(step, printing, () => printAnswer(step.contract, printing));
    case "split":
      return printSplit(step, printing);
    case "validate":
      return printBody(printAnswer(step.contract, printing), mayContinue(step.onError), printing);
    case "use":
      return printUse(step, printing, params);
  }
}

/** What an outside system or a script answers is of the contract's type: that is asked when it comes. */
function printAnswer(contract: Contract | undefined, { writer, next }: Printing): string {
  const name = next("answer");
  writer.add(`const ${name} = $answer<${typeOf(contract)}>();\n`);
  return name;
}

type Making = Of<"map"> | Of<"call"> | Of<"script">;

function printMade(step: Making, printing: Printing, make: () => string): number {
  const { writer, next } = printing;
  const when = step.when === undefined ? undefined : printCondition(step.when, printing);
  // Inside, the condition has narrowed what the step reads.
  const inside = when !== undefined && step.kind !== "map";
  if (inside) writer.add(`const ${next("made")} = (() => { if (!${when}) return undefined as never;\n`);
  const made = make();
  if (inside) writer.add(`return ${made}; })();\n`);
  const made2 = inside ? `$answer<${typeOf(step.contract)}>()` : made;
  const value = mayContinue(step.onError) ? `$maybe(${made2})` : made2;
  if (step.as === undefined)
    return printBody(when === undefined ? value : `${when} ? ${value} : body`, false, printing);
  const vars = next("vars");
  const kept = when === undefined ? value : `${when} ? ${value} : undefined`;
  writer.add(`const ${vars} = { ...vars, ${JSON.stringify(step.as)}: ${kept} } as const;\n{ const vars = ${vars};\n`);
  return 1;
}

function printBody(value: string, maybe: boolean, { writer, next }: Printing): number {
  const body = next("body");
  writer.add(`const ${body} = ${maybe ? `$maybe(${value})` : value};\n{ const body = ${body};\n`);
  return 1;
}

function printSplit(step: Of<"split">, printing: Printing): number {
  const { writer, next } = printing;
  const list = next("list");
  writer.add(`const ${list} = $items(`);
  writer.mapped("value", step.list.site, "list", () => printValue(step.list, writer, "list"));
  writer.add(");\n");
  return printBody(list, false, printing);
}

function printUse(step: Of<"use">, printing: Printing, outer: string | undefined): number {
  const { writer, next } = printing;
  printPayload("params", step.params, step.paramsContract, printing);
  // Typed as declared, not as given: a fragment means the same wherever it is used.
  const declared = next("declared");
  writer.add(`const ${declared} = $answer<${typeOf(step.paramsContract)}>();\n{ const params = ${declared};\n`);
  const depth = printSteps(step.steps, printing, declared);
  if (outer === undefined) return depth + 1;
  writer.add(`{ const params = ${outer};\n`);
  return depth + 2;
}

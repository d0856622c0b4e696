// Steps in plain words, with their expressions as they are written.

import { printShort } from "../../compiler/contract/print-short.ts";
import type { Step } from "../../compiler/integration.ts";
import type { OnError } from "../../schema/bundle.ts";
import { durationText } from "../../schema/units.ts";
import type { Line } from "../picture/graph.ts";
import { addressText, connectorText, errorWords, valueText } from "../picture/spoken.ts";
import { fieldLines } from "../picture/step-node.ts";
import { code, words } from "./markdown.ts";

/** A numbered list. `contractLink`: Markdown for a contract by name. */
export function stepList(
  steps: readonly Step[],
  contractLink: (name: string) => string,
  indent = "",
): readonly string[] {
  return steps.flatMap((step, index) => {
    const { text, below } = said(step, contractLink);
    const inner = `${indent}   `;
    return [
      `${indent}${index + 1}. ${text}`,
      ...below.map((line) => `${inner}- ${line}`),
      ...(step.kind === "use" ? stepList(step.steps, contractLink, inner) : []),
    ];
  });
}

interface Said {
  readonly text: string;
  readonly below: readonly string[];
}

function said(step: Step, contractLink: (name: string) => string): Said {
  const when = "when" in step && step.when !== undefined ? ` Only when ${code(valueText(step.when))}.` : "";
  const shape =
    "contract" in step && step.contract !== undefined ? shapeWords(step.contract, contractLink) : "anything";
  switch (step.kind) {
    case "filter":
      return {
        text: `**Filter**: goes on only if ${code(valueText(step.condition))}; what does not is dropped.`,
        below: [],
      };
    case "map":
      return {
        text: `**Map**: ${result(step.as)} is made of these fields.${when}`,
        below: [...fieldWords(fieldLines(step.value)), ...errors(step.onError)],
      };
    case "call": {
      const asked = `${words(connectorText(step.use))} is asked ${code(addressText(step.use, "call"))}`;
      const cache = step.cache === undefined ? "" : ` An answer is used again for ${durationText(step.cache)}.`;
      return {
        text: `**Call**: ${asked}; the answer, ${shape}, becomes ${result(step.as)}.${when}${cache}`,
        below: errors(step.onError),
      };
    }
    case "split":
      return { text: `**Split**: one message for each item of ${code(valueText(step.list))}.`, below: [] };
    case "validate":
      return { text: `**Validate**: must be ${shape}, and is known to be from here on.`, below: errors(step.onError) };
    case "script":
      return {
        text: `**Script** ${code(step.file)}: its answer, ${shape}, becomes ${result(step.as)}.${when}`,
        below: errors(step.onError),
      };
    case "use":
      return {
        text: `**Use** of fragment ${code(step.fragment)}, whose steps stand here:`,
        below: fieldWords(fieldLines(step.params)),
      };
  }
}

const result = (as: string | undefined): string => (as === undefined ? "the new body" : code(`vars.${as}`));

type Shape = NonNullable<Extract<Step, { kind: "validate" }>["contract"]>;

const shapeWords = (contract: Shape, contractLink: (name: string) => string): string =>
  contract.inline === true ? code(printShort(contract.schema)) : contractLink(contract.name);

const fieldWords = (lines: readonly Line[]): readonly string[] =>
  lines.map(({ name, text }) =>
    name === undefined
      ? code(text)
      : name === "all of"
        ? `all fields of ${code(text)}`
        : `${code(name)} = ${code(text)}`,
  );

const fates: Readonly<Record<string, string>> = {
  drop: "the message is dropped",
  continue: "it goes on without a result",
};

export function errors(onError: OnError, fateOf = fates): readonly string[] {
  return errorWords(onError).map(({ classes, fate }) => {
    const becomes = fateOf[fate] ?? `it goes ${words(fate)}`;
    return `On ${classes === "any error" ? classes : `${classes.replaceAll(", ", " or ")}`}: ${becomes}.`;
  });
}

// One step as a box: what kind it is, what it does, where its result goes.

import { printShort } from "../../compiler/contract/print-short.ts";
import type { Step } from "../../compiler/integration.ts";
import type { MapValue } from "../../compiler/value.ts";
import { durationText } from "../../schema/units.ts";
import type { GraphNode, Line } from "./graph.ts";
import { addressText, connectorText, errorLines, placeOf, valueText } from "./spoken.ts";

export function stepNode(step: Step, id: string, group: string): GraphNode {
  const kept = "as" in step && step.as !== undefined ? ` → vars.${step.as}` : "";
  return { id, kind: step.kind, group, place: placeOf(step.site), ...boxOf(step, kept) };
}

function boxOf(step: Step, kept: string): Pick<GraphNode, "label" | "title" | "lines"> {
  switch (step.kind) {
    case "filter":
      return { label: "filter", lines: [{ text: valueText(step.condition), code: true }] };
    case "map":
      return {
        label: `map${kept}`,
        lines: [...whenLines(step), ...fieldLines(step.value), ...errorLines(step.onError)],
      };
    case "call": {
      const { use, cache, contract } = step;
      return {
        label: `call${kept} · ${connectorText(use)}`,
        title: addressText(use, "call"),
        lines: [
          ...whenLines(step),
          ...(contract === undefined || contract.inline === true ? [] : [{ name: "answer", text: contract.name }]),
          ...(cache === undefined ? [] : [{ name: "cache", text: durationText(cache) }]),
          ...errorLines(step.onError),
        ],
      };
    }
    case "split":
      return { label: "split · one message for each of", lines: [{ text: valueText(step.list), code: true }] };
    case "validate": {
      const { contract } = step;
      const errors = errorLines(step.onError);
      if (contract?.inline !== true) return { label: "validate", title: contract?.name ?? "any", lines: errors };
      return { label: "validate", lines: [{ text: printShort(contract.schema), code: true }, ...errors] };
    }
    case "script":
      return { label: `script${kept}`, title: step.file, lines: [...whenLines(step), ...errorLines(step.onError)] };
    case "use":
      return { label: "use", title: step.fragment, lines: fieldLines(step.params) };
  }
}

export function fieldLines({ spread, entries }: MapValue): readonly Line[] {
  const all: readonly Line[] = spread === undefined ? [] : [{ name: "all of", text: valueText(spread), code: true }];
  return [...all, ...entries.map(({ key, value }) => ({ name: key, text: valueText(value), code: true as const }))];
}

function whenLines({ when }: Extract<Step, { kind: "map" | "call" | "script" }>): readonly Line[] {
  return when === undefined ? [] : [{ name: "when", text: valueText(when), code: true }];
}

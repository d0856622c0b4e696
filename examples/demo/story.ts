// What happened to each message, gathered from the worker's events and told as a table.

import type { Paint } from "../../cli/paint.ts";
import type { RunEvent } from "../../schema/outcome.ts";

export interface Story {
  hear(event: RunEvent): void;
  /** Ids whose way has ended. */
  ended(): ReadonlyMap<string, "delivered" | "dropped" | "dead">;
  table(color: Paint): string;
}

export function createStory(): Story {
  const rows = new Map<
    string,
    { readonly flow: string; readonly way: string[]; end?: "delivered" | "dropped" | "dead" }
  >();
  const refusals: string[] = [];
  return {
    hear: (event) => {
      if (event.kind === "refused") refusals.push(`${event.integration}: ${event.reason}`);
      else if (event.kind === "accepted")
        rows.set(event.id, rows.get(event.id) ?? { flow: event.integration, way: [] });
      else if (event.kind === "outcome") {
        const row = rows.get(event.id) ?? { flow: event.integration, way: [] };
        rows.set(event.id, row);
        const { outcome } = event;
        if (outcome.kind === "retry") row.way.push(`try ${event.attempt}: ${outcome.failure.status ?? "failed"}`);
        // The demo stores what it takes in: nothing is lost.
        else if (outcome.kind !== "lost") {
          row.end = outcome.kind;
          row.way.push(
            outcome.kind === "dead"
              ? `try ${event.attempt}: ${outcome.letter.failure.status ?? "failed"}`
              : outcome.kind === "dropped"
                ? `by its ${outcome.reason}`
                : `try ${event.attempt}: ok`,
          );
        }
      }
    },
    ended: () => new Map([...rows].flatMap(([id, row]) => (row.end === undefined ? [] : [[id, row.end] as const]))),
    table: (color) => {
      const marks = {
        delivered: color.green("✓ delivered"),
        dropped: color.dim("– dropped  "),
        dead: color.red("✗ dead     "),
      };
      const lines = [...rows].map(
        ([id, row]) =>
          `  ${row.flow.padEnd(16)} ${id.padEnd(14)} ${row.end === undefined ? "… open     " : marks[row.end]}  ${color.dim(row.way.join(" → "))}`,
      );
      const refused = refusals.map((line) => `  ${color.yellow("⊘ refused")}  ${line}`);
      return [
        color.bold(`  ${"integration".padEnd(16)} ${"message".padEnd(14)} ${"end".padEnd(11)}  way`),
        ...lines,
        ...refused,
      ].join("\n");
    },
  };
}

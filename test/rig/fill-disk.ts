// Writes messages into a folder until its disk takes no more, by `append` and by `create`, in a process of its own:
// `fill-disk.ts FOLDER`. Prints which were delivered, and what the others were told.

import { openFileTarget } from "../../connectors/file/target.ts";
import { delivery, targetContext } from "./connector.ts";

const [folder = ""] = process.argv.slice(2);
const text = "x".repeat(3_001);
const told: Record<string, { readonly delivered: number[]; readonly failures: string[] }> = {};
for (const mode of ["append", "create"]) {
  const target = await openFileTarget(targetContext({ format: "jsonl", mode }), folder);
  const delivered: number[] = [];
  const failures: string[] = [];
  const room = mode === "append" ? text : text.repeat(30);
  for (let n = 0; failures.length === 0 && n < 1_000; n += 5) {
    await Promise.all(
      [0, 1, 2, 3, 4].map(async (more) => {
        const path = mode === "append" ? "grows.jsonl" : `whole-${n + more}.jsonl`;
        const result = await target.deliver(delivery({ path }, { n: n + more, text: room }));
        if (result.kind === "delivered") delivered.push(n + more);
        else failures.push(`${result.kind} ${result.kind === "transient" ? result.failure.message : ""}`);
      }),
    );
  }
  await target.close();
  told[mode] = { delivered, failures };
}
process.stdout.write(JSON.stringify(told));

// A source that counts: messages 1, 2, 3 … in order, twenty at a time, and the last one remembered once they are stored.
// Its words say what it lived through.

import { pause } from "../../runtime/clock.ts";
import type { Connector, Incoming, RunningSource, SourceContext } from "../../schema/connector.ts";

export const countingConnector = (connector: Connector, say: (word: string) => void): Connector => ({
  ...connector,
  manifest: {
    ...connector.manifest,
    source: { settings: {}, meta: {}, delivery: "", errors: [], remembers: true, singleton: "always" },
  },
  startSource: (context) => count(context, say),
});

const together = 20;

const message = (number: number): Incoming => {
  const value = { id: `n${number}` };
  return { body: Buffer.from(JSON.stringify(value)), value, headers: {}, meta: {} };
};

async function count(context: SourceContext, say: (word: string) => void): Promise<RunningSource> {
  const { signal, state, clock } = context;
  let next = Number((await state.get("last")) ?? 0) + 1;
  say(`from ${next}`);
  const work = async (): Promise<void> => {
    while (!signal.aborted) {
      const accepted = await context.acceptAll(Array.from({ length: together }, (_, index) => message(next + index)));
      const stored = accepted.filter(({ kind }) => kind === "stored").length;
      if (accepted.slice(0, stored).some(({ kind }) => kind !== "stored")) say("a gap");
      next += stored;
      if (stored > 0) await state.put("last", next - 1);
      await pause(clock, 20, signal);
    }
  };
  const done = work().catch((error: unknown) => {
    say(`broke off: ${error instanceof Error ? error.message : ""}`);
    if (!signal.aborted) context.fail({ kind: "disconnected", reason: "broke off" });
  });
  return {
    stop: async () => {
      await done;
      const { kind } = await context.accept(message(1));
      const put = await state.put("end", true).then(
        () => "written",
        () => "refused",
      );
      say(`stopped: ${kind}, ${put}`);
    },
  };
}

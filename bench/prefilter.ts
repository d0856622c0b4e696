// What a message costs that its first filter drops: the look at its bytes against parse and filter.

import { order } from "./orders.ts";
import { paired, type Ratio } from "./paired.ts";
import { benchWorkspace, env, programOf } from "./workspace.ts";

const rounds = 20_000;

export async function prefilter(pairs = 11): Promise<Ratio> {
  const { code, mayPass } = await programOf(benchWorkspace(), "paid-only");
  const bytes = Buffer.from(JSON.stringify({ ...order("o-1"), status: "open" }));
  const meta = { id: "o-1", source: "http", receivedAt: "2026-03-01T12:30:01.000Z" };
  const { settings, secrets } = env;
  const time = (drops: () => boolean) => () => {
    const start = performance.now();
    for (let round = 0; round < rounds; round += 1) if (!drops()) throw new Error("the order was not dropped");
    return performance.now() - start;
  };
  const early = time(() => mayPass?.(bytes) === false);
  const late = time(() => {
    const body = JSON.parse(bytes.toString("utf8"));
    return code.walk({ settings, secrets, body, headers: {}, meta }, "out").kind === "drop";
  });
  early();
  late();
  return (await paired(pairs, early, late)).ratio;
}

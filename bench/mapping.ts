// What types, bounds and a budget cost on the way of one message: parse, compiled map, stringify, against parse and
// stringify alone. 1.0 would be a map for nothing.

import { order } from "./orders.ts";
import { paired, type Ratio } from "./paired.ts";
import { benchWorkspace, env, programOf } from "./workspace.ts";

export interface MappingFigure {
  readonly bytes: number;
  readonly ratio: Ratio;
}

const rounds = 20_000;

export async function mapping(pairs = 11): Promise<MappingFigure> {
  const program = await programOf(benchWorkspace(), "order");
  const text = JSON.stringify(order("o-1"));
  const meta = { id: "o-1", source: "http", receivedAt: "2026-03-01T12:30:01.000Z" };
  let written = 0;
  const floor = (): void => {
    written += JSON.stringify(JSON.parse(text)).length;
  };
  const { settings, secrets } = env;
  const mapped = (): void => {
    const walked = program.code.walk({ settings, secrets, body: JSON.parse(text), headers: {}, meta }, "out");
    if (walked.kind !== "deliver") throw new Error(`the order did not pass: ${JSON.stringify(walked)}`);
    written += JSON.stringify(walked.body).length;
  };
  const time = (run: () => void) => () => {
    const start = performance.now();
    for (let round = 0; round < rounds; round += 1) run();
    return performance.now() - start;
  };
  time(floor)();
  time(mapped)();
  const { ratio } = await paired(pairs, time(mapped), time(floor));
  if (written === 0) throw new Error("nothing was written");
  return { bytes: text.length, ratio };
}

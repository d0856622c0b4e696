// A process that shows progress, for tests that look at it on a real terminal. It goes on until its line was there.

import { setTimeout } from "node:timers/promises";
import { processIo } from "../../cli/io.ts";
import { progress, progressWhile } from "../../cli/progress.ts";

const [, , how] = process.argv;
const io = processIo();
const longEnough = 1_500;

if (how === "blocking") {
  progressWhile(io, "compiling", () => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * longEnough);
  });
  io.err("compiled\n");
} else {
  using shown = progress(io, "applying", 40);
  shown.at(12, undefined, "update stream IN_orders");
  await setTimeout(longEnough);
  if (how !== "endless") io.err("a warning\n");
  shown.at(13);
  await setTimeout(how === "endless" ? 60_000 : longEnough);
  io.err("applied\n");
}

import { defineConfig } from "vitest/config";
import { LongFirst } from "./rig/long-first.ts";

// Real servers start in many of these tests, and many of them wait for one: two files more at a time than a small
// machine has cores. No test asserts a time, so the limits are for what hangs; no retries.
export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["test/**/*.test.ts"],
    globalSetup: "test/rig/build.ts",
    pool: "forks",
    isolate: false,
    maxWorkers: 4,
    sequence: { sequencer: LongFirst },
    testTimeout: 180_000,
    hookTimeout: 180_000,
    retry: 0,
  },
});

import { defineConfig } from "vitest/config";

// Real servers start in many of these tests, and many of them wait for one: a file more at a time than a small machine
// has cores, generous limits, no retries.
export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["test/**/*.test.ts"],
    globalSetup: "test/rig/build.ts",
    pool: "forks",
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    retry: 0,
  },
});

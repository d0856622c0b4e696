// The demos of `npm run demo`, each on real parts.

import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { processIo } from "../../cli/io.ts";
import { demos, playDemo } from "../../examples/demo/demos.ts";

test.each(demos.map((demo) => [demo.name, demo] as const))("%s", async (_name, demo) => {
  const played = await playDemo(demo, { ...processIo(), err: () => undefined });
  expect(played.wrong).toEqual([]);
  expect(played.line).not.toBe("");
});

test("each demo has its folder with a README", () => {
  for (const { name } of demos) {
    for (const file of ["README.md", "vrsky.yaml"]) {
      expect(existsSync(new URL(`../../examples/${name}/${file}`, import.meta.url)), `${name}/${file}`).toBe(true);
    }
  }
});

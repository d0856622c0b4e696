// What chunks do not carry, through a worker that is killed for real while it comes in and while it goes out: it arrives
// once and whole.

import { expect, test } from "vitest";
import { filmsWorkspace, passLarge } from "../rig/by-reference.ts";
import { compileTexts } from "../rig/compile.ts";

test("kill -9 inside 80 MB that come by HTTP, and again inside the file that they become", async () => {
  const passed = await passLarge({ bytes: 80_000_000, compiled: compileTexts(filmsWorkspace("100MiB")) });
  expect(passed.arrived).toBe(passed.sent);
  expect(passed.files).toEqual([`${passed.sent}.bin`]);
  // The head alone: what it refers to is not in the intake.
  expect(passed.messages).toBe(1);
  expect(passed.kills.coming).toBe(1);
  expect(passed.resident).toBeLessThan(200);
}, 300_000);

// The synthetic workspaces of the compile benchmark are what they say: valid, of the size asked for, the same each time.

import { expect, test } from "vitest";
import { generate } from "../../bench/compile/generate.ts";
import { expressionsEach } from "../../bench/compile/integration.ts";
import { compileTexts } from "../rig/compile.ts";

test("a generated workspace compiles; each integration has sixteen expressions", () => {
  const files = generate(24);
  expect([...generate(24)]).toEqual([...files]);
  const compiled = compileTexts(Object.fromEntries(files));
  expect(compiled.diagnostics).toEqual([]);
  expect(compiled.integrations).toBe(24);
  const texts = [...files].filter(([path]) => /\/(?:flow|group)-/.test(path)).map(([, text]) => text);
  const written = texts.join("").match(/\$\{/g) ?? [];
  expect(written.length / 24).toBe(expressionsEach);
});

// The same suite over a connector that lives in another process: nothing in the contract needs it to live in ours.

import { afterAll, expect, test } from "vitest";
import { connectorProcess } from "./elsewhere/process.ts";
import { fileRig } from "./rigs/file.ts";
import { deliverySuite } from "./suite.ts";

const other = connectorProcess();
afterAll(() => other[Symbol.asyncDispose]());

deliverySuite({ ...fileRig, name: "file in another process" }, { elsewhere: other.elsewhere });

test("whatever it did, it did there", () => {
  expect(other.pid).not.toBe(process.pid);
  expect(other.passed()).toBeGreaterThan(300);
});

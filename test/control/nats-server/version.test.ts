import { expect, test } from "vitest";
import { supportedServer } from "../../../schema/server-version.ts";

const table: readonly (readonly [version: string, ok: boolean])[] = [
  ["2.15.1", true],
  ["v2.15.1", true],
  ["2.15.0-RC.1", true],
  ["2.14.4", true],
  ["2.14.4-RC.2", false],
  ["2.14.3", false],
  ["2.13.9", false],
  ["2.12.14", true],
  ["2.12.14-beta", false],
  ["2.12.100", true],
  ["2.12.13", false],
  ["2.11.20", false],
  ["2.9.25", false],
  ["1.99.99", false],
  ["3.0.0", true],
  ["2.15", false],
  ["latest", false],
  ["", false],
];

test.each(table)("nats-server %s: %s", (version, ok) => {
  const judged = supportedServer(version);
  expect(judged.ok).toBe(ok);
  if (!judged.ok) expect(judged.reason).toMatch(/2\.12\.14.*2\.14\.4/);
});

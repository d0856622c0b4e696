// No connector without the delivery suite: each side that is implemented has a rig, each rig a test file, and what a rig
// exempts has its reason.

import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { manifests } from "../../../connectors/all.ts";
import { createConnectors } from "../../../connectors/create.ts";
import { rigs } from "./rigs.ts";

const made = createConnectors({
  httpPort: 0,
  httpHost: "127.0.0.1",
  allowNetwork: [],
  dataDir: "/nowhere",
  natsFor: () => {
    throw new Error("nobody asks");
  },
});

test("every side that is implemented has a rig", () => {
  const implemented = Object.entries(made).flatMap(([name, { startSource, openTarget }]) => [
    ...(startSource === undefined ? [] : [`${name} source`]),
    ...(openTarget === undefined ? [] : [`${name} target`]),
  ]);
  const rigged = rigs.flatMap(({ connector, sides }) => Object.keys(sides).map((side) => `${connector} ${side}`));
  expect(implemented.filter((side) => !rigged.includes(side))).toEqual([]);
});

test("every connector that is implemented is in the list, with the sides that its manifest has", () => {
  for (const [name, connector] of Object.entries(made)) {
    const manifest = manifests.find((each) => each.name === name);
    expect(connector.manifest).toBe(manifest);
    expect({ name, source: connector.startSource !== undefined, target: connector.openTarget !== undefined }).toEqual({
      name,
      source: manifest?.source !== undefined,
      target: manifest?.target !== undefined,
    });
  }
});

test("every rig has its file of tests, and a reason for each case that it leaves out", () => {
  for (const { name, sides } of rigs) {
    expect({ name, there: existsSync(new URL(`${name.replaceAll(" ", "-")}.test.ts`, import.meta.url)) }).toEqual({
      name,
      there: true,
    });
    const reasons = Object.values(sides).flatMap((exempt) => Object.values(exempt ?? {}));
    expect({ name, short: reasons.filter((reason) => reason.length < 20) }).toEqual({ name, short: [] });
  }
});
